import type { NodeDraining, NodeLost, NodeRegistered, NodeResumed, PoolSet, QuotaSet } from '@novacron/contracts';
import type { Projection, Projections } from './project.ts';
import { put } from './tables.ts';

const registered: Projection<NodeRegistered> = ({ pool, node, capacity, boot, draining }, { time }) => [
  put('node', { pool, name: node }, { state: draining ? 'draining' : 'ready', capacity, boot, changedAt: time, reason: null }),
];
const draining: Projection<NodeDraining> = ({ pool, node }, { time }) => [put('node', { pool, name: node }, { state: 'draining', changedAt: time, reason: null })];
const resumed: Projection<NodeResumed> = ({ pool, node }, { time }) => [put('node', { pool, name: node }, { state: 'ready', changedAt: time, reason: null })];
const lost: Projection<NodeLost> = ({ pool, node, reason }, { time }) => [put('node', { pool, name: node }, { state: 'lost', changedAt: time, reason })];

const poolSet: Projection<PoolSet> = ({ pool, title }, { time }) => [put('pool', { name: pool }, { title, setAt: time })];
const quotaSet: Projection<QuotaSet> = ({ pool, grantee, limit }, { time }) => [put('quota', { pool, grantee }, { limit, setAt: time })];

export const fleet: Projections = { NodeRegistered: registered, NodeDraining: draining, NodeResumed: resumed, NodeLost: lost, PoolSet: poolSet, QuotaSet: quotaSet };
