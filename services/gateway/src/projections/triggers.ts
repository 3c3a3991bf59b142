import type { TriggerApplied, TriggerConflicted, TriggerFired, TriggerRemoved } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';
import type { Projection, Projections } from './project.ts';
import { put, remove } from './tables.ts';

const applied: Projection<TriggerApplied> = ({ workspace, trigger, workflow, definition, declared }, { time }) => [
  put('trigger', { workspace, id: trigger }, { workflow, definition: definition as unknown as Json, declared, appliedAt: time }),
];
const removed: Projection<TriggerRemoved> = ({ workspace, trigger }) => [remove('trigger', { workspace, id: trigger })];
const fired: Projection<TriggerFired> = ({ workspace, trigger, occasion }, { time }) => [put('trigger', { workspace, id: trigger }, { firedAt: time, occasion })];
const conflicted: Projection<TriggerConflicted> = ({ workspace, trigger, model, version, reason }, { time }) => [
  put('trigger', { workspace, id: trigger }, { conflictAt: time, conflict: `${model} ${version}: ${reason}` }),
];

export const triggers: Projections = { TriggerApplied: applied, TriggerRemoved: removed, TriggerFired: fired, TriggerConflicted: conflicted };
