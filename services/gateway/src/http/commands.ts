import type { FastifyReply, FastifyRequest } from 'fastify';
import { canonical, encodePosition, isRefusal, sha256, type Message, type Refusal } from '@novacron/kernel';
import { Unavailable, type Submitted } from '@novacron/service';
import type { Role } from '@novacron/contracts';
import type { Command, CommandReply, Outcome, Problem } from '../domain/command/messages.ts';
import type { Admitted } from './door.ts';
import type { Edge } from './edge.ts';
import type { Caller } from './key-directory.ts';
import { HttpProblem, sendProblem, unavailable } from './problem.ts';
import { PREFIX, type Asked, type Mutation, type Wish } from './route.ts';

export const POSITION = 'novacron-position';
const WAIT_S = 5;
const MAX_WAIT_S = 60;

/** Seconds of `Prefer: wait=N` (RFC 7240), in ms. */
export function waitOf(request: FastifyRequest): number {
  const given = /(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])/.exec(String(request.headers['prefer'] ?? ''))?.[1];
  return 1_000 * Math.min(MAX_WAIT_S, given === undefined ? WAIT_S : Number(given));
}

/** The one way in for every mutation: gives the command to its workspace's owner and waits for what comes of it. */
export async function carryOut(edge: Edge, request: FastifyRequest, reply: FastifyReply, route: Mutation, { caller }: Admitted, asked: Asked): Promise<FastifyReply> {
  const idempotencyKey = idempotencyKeyOf(request, edge);
  reply.header('idempotency-key', idempotencyKey);
  const wish = await (route as Mutation).wish(asked as never, edge);
  const workspace = route.workspace?.(asked.body as never) ?? asked.workspace;
  const bodyHash = sha256(canonical({ operation: route.operation, params: asked.params, query: asked.query, body: asked.body }));
  const command: Command = { ...formOf(request, caller, route), workspace, idempotencyKey, bodyHash, event: wish.event };
  const deadline = edge.ports.clock.monotonic() + waitOf(request);
  const answer = await submit(edge, workspace, command, Math.max(1_000, waitOf(request)), idempotencyKey);
  if (isRefusal(answer as never)) return sendProblem(reply, answer as Refusal);
  return tell(edge, reply, wish, workspace, answer as Submitted, deadline);
}

/** Says in the caller's own workspace that it was refused at the door. */
export async function audited(edge: Edge, request: FastifyRequest, caller: Caller, route: Mutation, problem: Problem): Promise<void> {
  const idempotencyKey = edge.ports.random.uuid();
  const command: Command = { ...formOf(request, caller, route), workspace: caller.workspace, idempotencyKey, bodyHash: '', problem };
  await submit(edge, caller.workspace, command, WAIT_S * 1_000, idempotencyKey);
}

function formOf(request: FastifyRequest, caller: Caller, { operation, role }: Mutation) {
  return {
    type: 'Command', operation, actor: { key: caller.id, name: caller.name, ip: request.ip, auth: 'api-key' }, home: caller.workspace, role: caller.role, needs: role as Role,
  } as const;
}

function idempotencyKeyOf(request: FastifyRequest, edge: Edge): string {
  const given = request.headers['idempotency-key'];
  if (given === undefined) return edge.ports.random.uuid();
  if (typeof given === 'string' && /^[\x21-\x7e]{1,255}$/.test(given)) return given;
  throw new HttpProblem(400, 'IdempotencyKeyInvalid', 'An Idempotency-Key has 1 to 255 printable ASCII characters without spaces.');
}

async function submit(edge: Edge, workspace: string, command: Command, ms: number, idempotencyKey: string): Promise<Submitted | Refusal> {
  const headers = { 'idempotency-key': idempotencyKey };
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = edge.ports.timers.after(ms, () => reject(unavailable('The log did not take the command in time; ask again with the same Idempotency-Key.', headers)));
  });
  try {
    return await Promise.race([edge.log.submit(workspace, command as unknown as Message), late]);
  } catch (error) {
    if (error instanceof Unavailable) throw unavailable(`${error.message}; ask again with the same Idempotency-Key.`, headers);
    throw error;
  } finally {
    cancel();
  }
}

async function tell(edge: Edge, reply: FastifyReply, wish: Wish, workspace: string, { reply: said, position: at }: Submitted, deadline: number): Promise<FastifyReply> {
  const { command, fresh, outcome, position } = said as unknown as CommandReply;
  if (outcome) return sendOutcome(reply, outcome, position ?? encodePosition(at), fresh ? wish.shown : undefined);
  const settled = await edge.outcomes.wait(command, at.partition, deadline - edge.ports.clock.monotonic());
  if (settled) return sendOutcome(reply, settled.outcome, encodePosition(settled.position), fresh ? wish.shown : undefined);
  return reply.code(202).header(POSITION, encodePosition(at)).header('location', `${PREFIX}/${workspace}/commands/${command}`).send({ command, status: 'pending' });
}

function sendOutcome(reply: FastifyReply, { status, body }: Outcome, position: string, shown: Wish['shown']): FastifyReply {
  reply.header(POSITION, position);
  if (status >= 400) return sendProblem(reply, body as Problem);
  return reply.code(status).send({ ...(body as object), ...shown });
}
