import { name } from '@novacron/contracts';
import { z } from 'zod';
import { mutation, read } from '../route.ts';

const bound = z.number().nonnegative().nullable().default(null);

export const pools = [
  read({
    operation: 'listPools', method: 'GET', path: '/pools', role: 'viewer', scope: 'any', summary: 'Pools with their nodes counted.',
    read: async (_, { rows }) => {
      const [known, nodes] = await Promise.all([rows.all('pool', {}, ['name']), rows.all('node', {}, ['pool'])]);
      const names = [...new Set([...known.map((pool) => pool.name), ...nodes.map((node) => node.pool)])].sort();
      return {
        items: names.map((pool) => ({
          name: pool, title: known.find((one) => one.name === pool)?.title ?? null,
          nodes: nodes.filter((node) => node.pool === pool).length, ready: nodes.filter((node) => node.pool === pool && node.state === 'ready').length,
        })),
      };
    },
  }),
  mutation({
    operation: 'setPool', method: 'PUT', path: '/pools/{pool}', role: 'admin', scope: 'system', summary: 'Create or rename a pool.',
    body: z.strictObject({ title: z.string().max(200) }),
    wish: ({ params, body }) => ({ event: { type: 'PoolSetRequested', pool: params.pool, title: body.title } }),
  }),
  read({
    operation: 'listQueue', method: 'GET', path: '/pools/{pool}/queue', role: 'viewer', scope: 'any', summary: 'What waits in a pool, in order; of other workspaces only the number.',
    read: async ({ caller, params }, { rows, directory }) => {
      const waiting = await rows.all('attempt', { pool: params.pool, leftAt: null, placedAt: null }, ['queuedAt', 'run', 'task', 'attempt']);
      waiting.sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0) || (a.queuedAt ?? 0) - (b.queuedAt ?? 0));
      const items = waiting.map(({ workspace, workflow, run, task, attempt, priority, resources, queuedAt, queueReason }, place) => ({ place, workspace, workflow, run, task, attempt, priority, resources, queuedAt, reason: queueReason }));
      return { waiting: waiting.length, items: items.filter((item) => directory.roleIn(caller, item.workspace ?? '')) };
    },
  }),
  read({
    operation: 'listQuotas', method: 'GET', path: '/quotas', role: 'viewer', scope: 'any', summary: 'What workspaces may hold of pools.',
    read: async ({ caller }, { rows, directory }) => ({ items: (await rows.all('quota', {}, ['pool', 'grantee'])).filter((quota) => directory.roleIn(caller, quota.grantee)) }),
  }),
  mutation({
    operation: 'setQuota', method: 'PUT', path: '/pools/{pool}/quotas/{grantee}', role: 'admin', scope: 'system', summary: 'Bound what a workspace may hold of a pool; null is unbounded.',
    body: z.strictObject({ cpu: bound, memory: bound, gpu: bound }),
    wish: ({ params, body }) => ({ event: { type: 'QuotaSetRequested', pool: params.pool, grantee: params.grantee, limit: body } }),
  }),
  read({
    operation: 'listNodes', method: 'GET', path: '/nodes', role: 'viewer', scope: 'any', summary: 'Nodes with their capacity and state.',
    query: z.strictObject({ pool: name.optional() }),
    read: async ({ query }, { rows }) => ({ items: await rows.all('node', query.pool ? { pool: query.pool } : {}, ['pool', 'name']) }),
  }),
  ...(['drain', 'resume'] as const).map((verb) => mutation({
    operation: `${verb}Node`, method: 'POST', path: `/nodes/{pool}/{node}/${verb}`, role: 'admin', scope: 'system',
    summary: verb === 'drain' ? 'Place nothing new on a node.' : 'Place on a drained node again.',
    wish: ({ params }) => ({ event: { type: verb === 'drain' ? 'NodeDrainRequested' : 'NodeResumeRequested', pool: params.pool, node: params.node } }),
  })),
  read({
    operation: 'getAgentServices', method: 'GET', path: '/agent/services', role: 'node', scope: 'any', summary: 'Where a node\'s agent connects.',
    onlyNow: 'it names the processes that are reached now.',
    // Only who owns the pool takes its nodes in; any executor may get runs of theirs.
    read: async ({ pool = '' }, { owners, log }) => ({ fleet: [await owners.at('fleet', log.partitionOf(pool))].filter(Boolean), executor: await owners.of('executor') }),
  }),
];
