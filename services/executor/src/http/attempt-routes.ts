import type { Readable } from 'node:stream';
import { isRefusal, type Message, type Ports, type Refusal } from '@novacron/kernel';
import { bearer, HashMismatch, TooLarge, Unavailable, verifyAttemptCredential, type ArtifactStore, type AttemptClaims, type Secrets, type ServiceLog, type Submitted } from '@novacron/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LogKept } from '../domain/attempt/messages.ts';

/** Agents send 32 KiB at a time, or what gathered while the executor was away. */
const LOG_BYTES = 1024 * 1024;
const LOG_CHUNKS = 10_000;

export interface AttemptRouteParts {
  readonly log: ServiceLog;
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly artifacts: ArtifactStore;
  /** Bytes of one artifact at most. */
  readonly artifactLimit: number;
}

class Problem extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/**
 * What user code's agent fetches and leaves, with the attempt's own credential. A Fastify plugin of its own: bodies are streams here,
 * and no other route's body parsing changes. A hash is known only to who got it in an order, so any attempt may fetch by hash.
 */
export async function attemptRoutes(routes: FastifyInstance, parts: AttemptRouteParts): Promise<void> {
  const { artifacts } = parts;
  routes.removeAllContentTypeParsers();
  routes.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  routes.setErrorHandler((error, request, reply) => answerProblem(error, request, reply));
  // Before the body is looked at: who may not come in does not get to send anything.
  routes.addHook('onRequest', async (request) => void claimsOf(request, parts));

  const fetch = async (request: FastifyRequest, reply: FastifyReply) => {
    const { hash } = request.params as { hash: string };
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new Problem(400, 'NotAHash', 'The last part of the path must be a SHA-256 in 64 lower-case hex digits.');
    if (!(await artifacts.has(hash))) throw new Problem(404, 'ArtifactUnknown', `Nothing is stored under ${hash}.`);
    return reply.type('application/octet-stream').header('etag', `"${hash}"`).send(await artifacts.get(hash));
  };
  routes.get('/attempts/bundle/:hash', fetch);
  routes.get('/attempts/artifacts/:hash', fetch);

  routes.put('/attempts/artifacts', async (request, reply) => {
    const { sha256 } = request.query as { sha256?: string };
    refuseLength(request, parts.artifactLimit);
    const stored = await artifacts.put(request.body as Readable, { limit: parts.artifactLimit, ...(sha256 && { expected: sha256 }) });
    return reply.code(201).send(stored);
  });

  routes.post('/attempts/logs', async (request, reply) => {
    const { workspace, run, task, attempt } = claimsOf(request, parts);
    const chunk = Number((request.query as { chunk?: string }).chunk ?? 'absent');
    if (!Number.isInteger(chunk) || chunk < 0 || chunk >= LOG_CHUNKS) throw new Problem(400, 'ChunkInvalid', `?chunk= must be a whole number from 0 to ${LOG_CHUNKS - 1}.`);
    refuseLength(request, LOG_BYTES);
    const stored = await artifacts.put(await collect(request.body as Readable, LOG_BYTES));
    const answer = await keepLog(parts.log, { workspace, run, task, attempt, chunk, ...stored });
    if (isRefusal(answer)) throw new Problem(answer.status, answer.code, answer.detail);
    return reply.code(201).send(stored);
  });
}

/** Says in the run's partition where a piece of an attempt's log lies. */
export function keepLog(log: ServiceLog, piece: Omit<LogKept, 'type'>): Promise<Submitted | Refusal> {
  return log.submit(piece.run, { type: 'LogKept', ...piece } as Message);
}

function claimsOf(request: FastifyRequest, { secrets, ports }: AttemptRouteParts): AttemptClaims {
  const claims = verifyAttemptCredential(secrets.credentialKey, bearer(request.headers.authorization) ?? '', ports.clock.now());
  if (!claims) throw new Problem(401, 'CredentialInvalid', 'Authorization must be "Bearer <the attempt\'s credential>", as the start order gave it, and not expired.');
  return claims;
}

function refuseLength(request: FastifyRequest, limit: number): void {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
}

const tooLarge = (limit: number) => new Problem(413, 'TooLarge', `At most ${limit} bytes are taken here.`);

async function collect(body: Readable, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += (part as Buffer).length;
    if (size > limit) throw tooLarge(limit);
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

/** RFC 9457. A body that was not read to its end is not awaited either: the connection closes. */
function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  if (!request.raw.complete) void reply.header('connection', 'close');
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
  if (problem.status === 503) void reply.header('retry-after', '1');
  void reply.code(problem.status).type('application/problem+json').send(JSON.stringify({ type: 'about:blank', title: problem.code, status: problem.status, code: problem.code, detail: problem.message }));
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Unavailable) return new Problem(503, 'Unavailable', 'Another executor owns this run, or this one is stopping; ask again.');
  const { message, statusCode } = error as Error & { statusCode?: number };
  if (error instanceof TooLarge) return new Problem(413, 'TooLarge', message);
  if (error instanceof HashMismatch) return new Problem(422, 'HashMismatch', message);
  if (statusCode && statusCode < 500) return new Problem(statusCode, 'BadRequest', message);
  return new Problem(500, 'Internal', 'The artifact store could not do this; the executor\'s log says why.');
}
