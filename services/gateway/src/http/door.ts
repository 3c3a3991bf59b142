import type { FastifyReply, FastifyRequest } from 'fastify';
import { bearer, verifyNodeCredential } from '@novacron/service';
import { allows } from '../domain/access/roles.ts';
import { SYSTEM } from '../domain/access/state.ts';
import type { Problem } from '../domain/command/messages.ts';
import { looksLikeKey } from './api-key.ts';
import { audited } from './commands.ts';
import type { Edge } from './edge.ts';
import type { Caller } from './key-directory.ts';
import { HttpProblem, unavailable } from './problem.ts';
import { BODY_LIMIT, type Route } from './route.ts';

/** A request that passed the door. */
export interface Admitted {
  readonly caller: Caller;
  readonly workspace: string;
  /** Of the node, where its agent asks. */
  readonly pool?: string;
}

const BEHIND = 'This gateway is behind the log and cannot tell yet; try again.';

export const limitOf = (route: Route | undefined): number => (route?.kind === 'transfer' ? route.bodyLimit : undefined) ?? BODY_LIMIT;

/**
 * The one guard, before any byte of a body is read. Deny by default: a request is let in by a live key with the route's role in the
 * workspace, or by a node's credential where the route is for agents.
 */
export async function admit(edge: Edge, request: FastifyRequest, reply: FastifyReply, route: Route | undefined): Promise<Admitted | undefined> {
  const length = Number(request.headers['content-length'] ?? 0);
  try {
    if (length <= limitOf(route)) return await identify(edge, request, route);
    edge.turnedAway('too large');
    throw new HttpProblem(413, 'BodyTooLarge', `The body may have ${limitOf(route)} bytes.`);
  } catch (error) {
    // The body stays unread, so the connection cannot go on.
    if (length > 0 || request.headers['transfer-encoding'] !== undefined) reply.header('connection', 'close');
    throw error;
  }
}

async function identify(edge: Edge, request: FastifyRequest, route: Route | undefined): Promise<Admitted | undefined> {
  const token = bearer(request.headers.authorization);
  if (route?.role === 'node') {
    const node = token === undefined ? undefined : verifyNodeCredential(edge.secrets.credentialKey, token);
    if (!node) throw stranger(edge, request);
    return { workspace: '', pool: node.pool } as Admitted;
  }
  const caller = token !== undefined && looksLikeKey(token) ? await callerOf(edge, token) : undefined;
  if (!caller) {
    if (!edge.directory.ready) throw unavailable('The gateway is starting; try again.');
    throw stranger(edge, request);
  }
  const wait = edge.limits.keys.take(caller.id);
  if (wait) throw tooMany(edge, 'key', wait);
  if (!route) return undefined;
  const workspace = route.scope === 'workspace' ? (request.params as { ws: string }).ws : route.scope === 'system' ? SYSTEM : caller.workspace;
  let problem = problemOf(edge, caller, workspace, route);
  if (problem?.code === 'WorkspaceUnknown') {
    // One that has just started hears what is new before it has read what there was.
    const isCurrent = (await edge.current()) && edge.directory.ready;
    problem = problemOf(edge, caller, workspace, route);
    if (problem?.code === 'WorkspaceUnknown' && !isCurrent) throw unavailable(BEHIND);
  }
  if (problem) throw await denied(edge, request, caller, route, problem);
  return { caller, workspace };
}

async function callerOf({ directory, current }: Edge, token: string): Promise<Caller | undefined> {
  const known = directory.find(token);
  if (known || !directory.ready) return known;
  const isCurrent = await current();
  const found = directory.find(token);
  if (!found && !isCurrent) throw unavailable(BEHIND);
  return found;
}

function stranger(edge: Edge, request: FastifyRequest): HttpProblem {
  const wait = edge.limits.strangers.take(request.ip);
  if (wait) return tooMany(edge, 'address', wait);
  edge.turnedAway('unauthenticated');
  return new HttpProblem(401, 'Unauthenticated', 'Give an API key: Authorization: Bearer nvk_…', {}, { 'www-authenticate': 'Bearer realm="novacron"' });
}

function tooMany(edge: Edge, who: string, seconds: number): HttpProblem {
  edge.turnedAway(`rate of ${who}`);
  return new HttpProblem(429, 'TooManyRequests', `Too many requests from this ${who}; try again in ${seconds} s.`, {}, { 'retry-after': String(seconds) });
}

function problemOf({ directory }: Edge, caller: Caller, workspace: string, { scope, role, operation }: Route): Problem | undefined {
  const held = scope === 'any' ? caller.role : directory.roleIn(caller, workspace);
  if (held === undefined && scope === 'workspace') return { code: 'WorkspaceUnknown', status: 404, detail: `There is no workspace ${workspace}.` };
  if (held !== undefined && allows(held, role as typeof held)) return undefined;
  const where = scope === 'system' ? 'in the system workspace' : `in ${workspace}; the key has ${String(held)}`;
  return { code: 'RoleMissing', status: 403, detail: `${operation} needs the role ${role} ${where}.` };
}

/** A known caller who asked for what it may not: its own workspace's audit trail says so. */
async function denied(edge: Edge, request: FastifyRequest, caller: Caller, route: Route, problem: Problem): Promise<HttpProblem> {
  if (route.kind === 'mutation') await audited(edge, request, caller, route, problem);
  return new HttpProblem(problem.status, problem.code, problem.detail);
}
