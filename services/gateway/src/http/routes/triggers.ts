import { compat, modelName, name, record } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';
import { parseDuration } from '@novacron/workflow';
import { z } from 'zod';
import { unknown } from '../problem.ts';
import { mutation, paging, read } from '../route.ts';

const common = { params: record.default({}) };
const catchup = z.enum(['skip', 'latest', 'all']).optional();
const every = z.union([z.number().positive(), z.string()]).transform((value, context) => {
  const ms = typeof value === 'number' ? value : parseDuration(value);
  if (typeof ms === 'number') return ms;
  context.addIssue({ code: 'custom', message: 'a duration is milliseconds, or a text such as "5 minutes"' });
  return z.NEVER;
});

const trigger = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('cron'), cron: z.string().max(200), timezone: z.string().max(100).optional(), catchup, ...common }),
  z.strictObject({ kind: z.literal('interval'), every, catchup, ...common }),
  z.strictObject({ kind: z.literal('file'), path: z.string().max(255), ...common }),
  z.strictObject({ kind: z.literal('model'), model: modelName, range: z.string().max(200).optional(), compat: compat.optional(), ...common }),
]);

export const triggers = [
  read({
    operation: 'listTriggers', method: 'GET', path: '/{ws}/triggers', role: 'viewer', scope: 'workspace', summary: 'Triggers with their last firing and conflict.',
    query: z.strictObject(paging),
    read: ({ workspace, query }, { rows }) => rows.page('trigger', { where: { workspace }, order: ['id'], ...query }),
  }),
  mutation({
    operation: 'applyTrigger', method: 'PUT', path: '/{ws}/workflows/{wf}/triggers/{trigger}', role: 'author', scope: 'workspace', summary: 'Create or replace a trigger apart from its workflow.',
    body: trigger,
    wish: ({ params, body }) => {
      if (!name.safeParse(params.trigger).success) throw unknown('Trigger', params.trigger);
      return { event: { type: 'TriggerApplyRequested', workflow: params.wf, trigger: { name: params.trigger, ...body } as unknown as Json } };
    },
  }),
  mutation({
    operation: 'removeTrigger', method: 'DELETE', path: '/{ws}/workflows/{wf}/triggers/{trigger}', role: 'author', scope: 'workspace', summary: 'Remove a trigger.',
    wish: ({ params }) => ({ event: { type: 'TriggerRemoveRequested', workflow: params.wf, trigger: `${params.wf}/${params.trigger}` } }),
  }),
];
