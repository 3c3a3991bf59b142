import { name, role } from '@novacron/contracts';
import { sha256, type Json } from '@novacron/kernel';
import { mintNodeCredential } from '@novacron/service';
import { z } from 'zod';
import { newKey, PREFIX_LENGTH } from '../api-key.ts';
import type { Edge } from '../edge.ts';
import { HttpProblem } from '../problem.ts';
import { SYSTEM } from '../../domain/access/state.ts';
import { instant, mutation, paging, read } from '../route.ts';
import type { Rows } from '../rows.ts';

/** First segments of paths that are no workspace. */
export const RESERVED = ['workspaces', 'pools', 'quotas', 'nodes', 'agent', 'log'];
const DAY_MS = 24 * 3_600_000;

async function commandOf({ log, past, moment }: Edge, workspace: string, command: string): Promise<Json> {
  if (moment) return past.commandAt(moment, workspace, command);
  const answer = await log.submit(workspace, { type: 'CommandLookup', workspace, command });
  return 'reply' in answer ? answer.reply : null;
}

export const access = [
  mutation({
    operation: 'createWorkspace', method: 'POST', path: '/workspaces', role: 'admin', scope: 'system', summary: 'Create a workspace.',
    body: z.strictObject({ name, title: z.string().max(200).optional() }), workspace: (body) => body.name,
    wish: ({ body }) => {
      if (RESERVED.includes(body.name)) throw new HttpProblem(400, 'NameReserved', `A workspace cannot be called ${body.name}: that is a path of this API.`);
      return { event: { type: 'WorkspaceCreated', title: body.title ?? body.name } };
    },
  }),
  read({
    operation: 'listWorkspaces', method: 'GET', path: '/workspaces', role: 'viewer', scope: 'any', summary: 'The workspaces that the key may enter.',
    read: async ({ caller }, { rows, directory }) => {
      const all = await rows.all('workspace', {}, ['id']);
      return { items: all.map(({ id, title, createdAt }) => ({ name: id, title, createdAt, role: directory.roleIn(caller, id) })).filter((workspace) => workspace.role) };
    },
  }),
  mutation({
    operation: 'createKey', method: 'POST', path: '/{ws}/keys', role: 'admin', scope: 'workspace', summary: 'Create an API key; it is shown in this answer only.',
    body: z.strictObject({ name: z.string().min(1).max(100), role, expiresInDays: z.number().positive().max(3_650).optional() }),
    wish: ({ body }, { ports }) => {
      const key = newKey(ports.random);
      const expiresAt = body.expiresInDays && Math.round(ports.clock.now() + body.expiresInDays * DAY_MS);
      return {
        event: { type: 'KeyCreated', name: body.name, role: body.role, hash: sha256(key), prefix: key.slice(0, PREFIX_LENGTH), ...(expiresAt && { expiresAt }) },
        shown: { secret: key },
      };
    },
  }),
  read({
    operation: 'listKeys', method: 'GET', path: '/{ws}/keys', role: 'admin', scope: 'workspace', summary: 'API keys, without their texts.',
    query: z.strictObject(paging),
    read: ({ workspace, query }, { rows }) => rows.page('apiKey', { where: { workspace }, order: ['createdAt', 'id'], ...query }),
  }),
  mutation({
    operation: 'revokeKey', method: 'DELETE', path: '/{ws}/keys/{key}', role: 'admin', scope: 'workspace', summary: 'Revoke an API key.',
    wish: ({ params }) => ({ event: { type: 'KeyRevoked', key: params.key } }),
  }),
  mutation({
    operation: 'createNodeToken', method: 'POST', path: '/nodes/tokens', role: 'admin', scope: 'system', summary: 'Create a credential for a node\'s agent; it is shown in this answer only.',
    body: z.strictObject({ pool: name.default('default') }),
    wish: ({ body }, { ports, secrets }) => {
      const credential = ports.random.uuid();
      return { event: { type: 'NodeCredentialCreated', credential, pool: body.pool }, shown: { token: mintNodeCredential(secrets.credentialKey, { id: credential, pool: body.pool }) } };
    },
  }),
  read({
    operation: 'getCommand', method: 'GET', path: '/{ws}/commands/{command}', role: 'viewer', scope: 'workspace', summary: 'How a command stands that was answered with 202.',
    read: async ({ workspace, params }, edge) => {
      const known = await commandOf(edge, workspace, params.command);
      if (known === null) throw new HttpProblem(404, 'CommandUnknown', `There is no command ${params.command} of the last 24 h in ${workspace}.`);
      const { outcome, position } = known as { outcome?: unknown; position?: string };
      return { command: params.command, status: outcome ? 'settled' : 'pending', outcome, position };
    },
  }),
];

/** Ids of the keys that are meant: an id, or a name, which several keys may have had. */
async function keysOf(rows: Rows, workspace: string, actor: string): Promise<string[]> {
  return [actor, ...(await rows.all('apiKey', { workspace: [workspace, SYSTEM], name: actor })).map(({ id }) => id)];
}

export const auditRoutes = [
  read({
    operation: 'listAudit', method: 'GET', path: '/{ws}/audit', role: 'admin', scope: 'workspace', summary: 'Who asked for what, when, from where, with which key, and what came of it; newest first. `actor` is the id or name of a key.',
    query: z.strictObject({ ...paging, operation: z.string().max(100).optional(), actor: z.string().max(100).optional(), since: instant.optional(), until: instant.optional() }),
    read: async ({ workspace, query: { operation, actor, since, until, ...page } }, { rows }) => {
      const where = { workspace, ...(operation && { operation }), ...(actor && { actorKey: await keysOf(rows, workspace, actor) }) };
      return rows.page('audit', { where, order: ['-at', '-id'], between: { column: 'at', from: since, until }, ...page });
    },
  }),
];
