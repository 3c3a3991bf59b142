import { createHash } from 'node:crypto';
import { connect, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HashMismatch, mintAttemptCredential, TooLarge, Unavailable, type ArtifactStore } from '@novacron/service';
import { MemoryServiceLog, VirtualPorts } from '@novacron/testing';
import { fastify, type FastifyInstance } from 'fastify';
import { definition } from '../definition.ts';
import { secrets } from '../testing/agent-link.ts';
import { attemptRoutes } from './attempt-routes.ts';

class MemoryArtifacts implements ArtifactStore {
  readonly kept = new Map<string, Buffer>();
  async put(content: Readable | Uint8Array, { limit = Infinity, expected }: { limit?: number; expected?: string } = {}) {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of content instanceof Uint8Array ? [content] : content) {
      size += (part as Buffer).length;
      if (size > limit) throw new TooLarge(`over ${limit} bytes`);
      parts.push(part as Buffer);
    }
    const bytes = Buffer.concat(parts);
    const hash = createHash('sha256').update(bytes).digest('hex');
    if (expected && expected !== hash) throw new HashMismatch(`is ${hash}`);
    this.kept.set(hash, bytes);
    return { hash, size };
  }
  async get(hash: string) { return Readable.from([this.kept.get(hash)!]); }
  async has(hash: string) { return this.kept.has(hash); }
}

const ports = new VirtualPorts();
const claims = { workspace: 'vision', run: 'r1', task: 'a', attempt: 1, expires: ports.clock.now() + 1_000 };
const authorization = `Bearer ${mintAttemptCredential(secrets.credentialKey, claims)}`;
let log: MemoryServiceLog<typeof definition.schema>;
let artifacts: MemoryArtifacts;
let server: FastifyInstance;
let address: string;

/** One request over a real socket. */
async function ask({ url, method = 'GET', headers = {}, payload }: { url: string; method?: string; headers?: Record<string, string | undefined>; payload?: string | Buffer | object }) {
  const body = payload === undefined || typeof payload === 'string' || payload instanceof Buffer ? payload : JSON.stringify(payload);
  const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const answer = await fetch(address + url, { method, headers: given, ...(body !== undefined && { body }) });
  const text = await answer.text();
  return { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: text, json: <T>() => JSON.parse(text) as T };
}

beforeEach(async () => {
  log = new MemoryServiceLog(definition, () => ports.clock.now());
  artifacts = new MemoryArtifacts();
  server = fastify();
  server.post('/elsewhere', async (request) => ({ got: request.body }));
  await server.register(attemptRoutes, { log: log as never, ports, secrets, artifacts, artifactLimit: 100_000 });
  address = await server.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => server.close());

describe('an attempt\'s HTTP', () => {
  it('keeps a file by its hash and gives it back', async () => {
    const payload = Buffer.from('weights');
    const put = await ask({ method: 'PUT', url: '/attempts/artifacts', headers: { authorization, 'content-type': 'application/octet-stream' }, payload });
    expect(put.statusCode).toBe(201);
    const { hash, size } = put.json<{ hash: string; size: number }>();
    expect(size).toBe(7);
    for (const kind of ['artifacts', 'bundle']) {
      const got = await ask({ url: `/attempts/${kind}/${hash}`, headers: { authorization } });
      expect([got.statusCode, got.body, got.headers['content-type']]).toEqual([200, 'weights', 'application/octet-stream']);
    }
  });

  it('refuses other content than was announced', async () => {
    const put = await ask({ method: 'PUT', url: `/attempts/artifacts?sha256=${'0'.repeat(64)}`, headers: { authorization }, payload: 'x' });
    expect([put.statusCode, put.json<{ code: string }>().code]).toEqual([422, 'HashMismatch']);
  });

  it('puts a piece of the log into the store and its hash into the log', async () => {
    const post = await ask({ method: 'POST', url: '/attempts/logs?chunk=0', headers: { authorization, 'content-type': 'text/plain' }, payload: 'epoch 1\n' });
    expect(post.statusCode).toBe(201);
    expect(log.said('LogStored')).toEqual([{ type: 'LogStored', workspace: 'vision', run: 'r1', task: 'a', attempt: 1, chunk: 0, ...post.json<object>() }]);
  });

  it.each([
    ['no credential', { authorization: undefined }, 401],
    ['garbage', { authorization: 'Bearer nva_x.y' }, 401],
    ['a node\'s credential', { authorization: 'Bearer nvn_e30.AAAA' }, 401],
    ['an expired one', { authorization: `Bearer ${mintAttemptCredential(secrets.credentialKey, { ...claims, expires: ports.clock.now() })}` }, 401],
  ])('answers %s with problem+json', async (_what, headers, status) => {
    for (const [method, url] of [['GET', `/attempts/bundle/${'a'.repeat(64)}`], ['PUT', '/attempts/artifacts'], ['POST', '/attempts/logs?chunk=0']] as const) {
      const answer = await ask({ method, url, headers, ...(method !== 'GET' && { payload: 'x' }) });
      expect([answer.statusCode, answer.headers['content-type'], answer.json<{ status: number }>().status]).toEqual([status, 'application/problem+json; charset=utf-8', status]);
    }
    expect([artifacts.kept.size, log.inputs]).toEqual([0, []]);
  });

  it.each([['/attempts/logs', 400], ['/attempts/logs?chunk=-1', 400], ['/attempts/logs?chunk=10000', 400], ['/attempts/logs?chunk=1.5', 400]])('refuses %s', async (url, status) => {
    expect((await ask({ method: 'POST', url, headers: { authorization }, payload: 'x' })).statusCode).toBe(status);
  });

  it('says what it does not have, and what is no hash', async () => {
    expect((await ask({ url: `/attempts/artifacts/${'a'.repeat(64)}`, headers: { authorization } })).statusCode).toBe(404);
    expect((await ask({ url: '/attempts/artifacts/..%2fkey', headers: { authorization } })).statusCode).toBe(400);
  });

  it('asks to come again when another process owns the run', async () => {
    log.unavailable = new Unavailable('not mine');
    const answer = await ask({ method: 'POST', url: '/attempts/logs?chunk=0', headers: { authorization }, payload: 'x' });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
  });

  it('stops an endless body at the limit, with or without a length, and closes', async () => {
    const port = (server.server.address() as AddressInfo).port;
    for (const [path, framing] of [['/attempts/artifacts', 'transfer-encoding: chunked'], ['/attempts/logs?chunk=0', 'transfer-encoding: chunked'], ['/attempts/logs?chunk=0', 'content-length: 9000000000']] as const) {
      const method = path.includes('logs') ? 'POST' : 'PUT';
      const socket = connect(port, '127.0.0.1');
      socket.write(`${method} ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n${framing}\r\n\r\n`);
      const piece = framing.startsWith('content') ? 'x'.repeat(65_536) : `10000\r\n${'x'.repeat(65_536)}\r\n`;
      let answer = '';
      let open = true;
      const pour = () => { while (open && socket.write(piece)); };
      socket.on('drain', pour).on('error', () => undefined).on('data', (part: Buffer) => void (answer += part.toString()));
      pour();
      await new Promise<void>((resolve) => void socket.on('close', () => { open = false; resolve(); }));
      expect(answer).toMatch(/^HTTP\/1.1 413/);
      expect(answer.toLowerCase()).toContain('connection: close');
    }
  });

  it('leaves the body parsing of other routes alone', async () => {
    expect((await ask({ method: 'POST', url: '/elsewhere', headers: { 'content-type': 'application/json' }, payload: { a: 1 } })).json<object>()).toEqual({ got: { a: 1 } });
  });
});
