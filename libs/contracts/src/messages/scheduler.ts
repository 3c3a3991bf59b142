import { z } from 'zod';
import type { Address } from '@novacron/kernel';
import { attempt, capacity, command, problem, resources, work } from '../fields.ts';
import { message, toAsker, type Of } from '../message.ts';

const executor = (e: { run: string }): Address => ({ service: 'executor', key: e.run });

export const TaskQueued = message('TaskQueued', { ...attempt, workflow: z.string(), pool: z.string(), priority: z.number(), resources, work, reason: z.string() }, { said: 'scheduler', summary: 'The attempt waits in the pool, and why.' });
export const TaskPlaced = message('TaskPlaced', { ...attempt, workflow: z.string(), pool: z.string(), resources, work, node: z.string(), gpus: z.array(z.number()), policy: z.string(), runnerUp: z.string().optional() }, { said: 'scheduler', to: (e) => [executor(e)], summary: 'The attempt got this node and these GPUs, by this policy.' });
export const TaskReleased = message('TaskReleased', { ...attempt, pool: z.string(), outcome: z.string() }, { said: 'scheduler', summary: 'What the attempt held is free again (after a loss: the quota only).' });
export const TaskDequeued = message('TaskDequeued', { ...attempt, pool: z.string(), reason: z.string() }, { said: 'scheduler', to: (e) => [{ service: 'resolver', key: e.run }], summary: 'The attempt left the queue without having been placed.' });
export const CancelForwarded = message('CancelForwarded', { ...attempt, pool: z.string(), reason: z.string() }, { said: 'scheduler', to: (e) => [executor(e)], summary: 'The wish to cancel goes where the attempt was placed.' });
export const PlacementContinued = message('PlacementContinued', { pool: z.string() }, { said: 'scheduler', to: (e) => [{ service: 'scheduler', key: e.pool }], summary: 'Continue: more could be placed than one commit holds.' });

export const PoolSet = message('PoolSet', { command, workspace: z.string(), pool: z.string(), title: z.string() }, { said: 'scheduler', to: toAsker, summary: 'The pool exists.' });
export const QuotaSet = message('QuotaSet', { command, workspace: z.string(), pool: z.string(), grantee: z.string(), limit: z.object({ cpu: z.number().nullable(), memory: z.number().nullable(), gpu: z.number().nullable() }) }, { said: 'scheduler', to: toAsker, summary: 'The workspace may hold at most this of the pool.' });
export const PoolCommandRefused = message('PoolCommandRefused', { command, workspace: z.string(), pool: z.string(), problem }, { said: 'scheduler', to: toAsker, summary: 'The pool stays as it is.' });
export const NodeJoined = message('NodeJoined', { pool: z.string(), node: z.string(), capacity, placeable: z.boolean() }, { said: 'scheduler', summary: 'The scheduler counts on the node with this capacity.' });
export const NodeLeft = message('NodeLeft', { pool: z.string(), node: z.string(), reason: z.string() }, { said: 'scheduler', summary: 'The scheduler no longer counts on the node; what it held there is free.' });
export const InventoryRequested = message('InventoryRequested', { pool: z.string(), node: z.string() }, { said: 'scheduler', to: (e) => [{ service: 'fleet', key: e.pool }], summary: 'A lost attempt holds its place on the node until its agent says that it is gone.' });

export type TaskQueued = Of<typeof TaskQueued>;
export type TaskPlaced = Of<typeof TaskPlaced>;
export type TaskReleased = Of<typeof TaskReleased>;
export type TaskDequeued = Of<typeof TaskDequeued>;
export type CancelForwarded = Of<typeof CancelForwarded>;
export type PlacementContinued = Of<typeof PlacementContinued>;
export type PoolSet = Of<typeof PoolSet>;
export type QuotaSet = Of<typeof QuotaSet>;
export type PoolCommandRefused = Of<typeof PoolCommandRefused>;
export type NodeJoined = Of<typeof NodeJoined>;
export type NodeLeft = Of<typeof NodeLeft>;
export type InventoryRequested = Of<typeof InventoryRequested>;
