import type { TriggerDefinition } from '@novacron/contracts';
import type { Message } from '@novacron/kernel';
import { Scenario } from '@novacron/testing';
import { definition } from '../../definition.ts';

/** Messages for specs: the workflow "recommend" of the workspace "shop". */
export const world = (): Scenario<typeof definition.schema> => new Scenario(definition);
export const MODEL = 'vision/classifier';
export const TRIGGER = { workspace: 'shop', workflow: 'recommend' };

export const cron = (expression: string, more: Partial<TriggerDefinition> = {}): TriggerDefinition => ({ name: 'cron', kind: 'cron', cron: expression, timezone: 'UTC', params: {}, ...more });
export const interval = (every: number, more: Partial<TriggerDefinition> = {}): TriggerDefinition => ({ name: 'interval', kind: 'interval', every, params: {}, ...more });
export const file = (path: string, more: Partial<TriggerDefinition> = {}): TriggerDefinition => ({ name: 'file', kind: 'file', path, params: {}, ...more });
export const model = (range: string, more: Partial<TriggerDefinition> = {}): TriggerDefinition => ({ name: 'model', kind: 'model', model: MODEL, range, params: {}, ...more });

export const declared = (...triggers: readonly TriggerDefinition[]): Message => ({ type: 'TriggersDeclared', ...TRIGGER, version: 1, triggers }) as unknown as Message;
export const applied = (trigger: TriggerDefinition, command = 'c'): Message =>
  ({ type: 'TriggerApplyRequested', command, actor: { key: 'k', name: 'k' }, ...TRIGGER, trigger }) as unknown as Message;
export const removal = (trigger: string, command = 'c'): Message => ({ type: 'TriggerRemoveRequested', command, actor: { key: 'k', name: 'k' }, ...TRIGGER, trigger });

export const due = (name: string, nominal: number): Message => ({ type: 'FireDue', workspace: 'shop', trigger: `recommend/${name}`, nominal });
export const seen = (name: string, more: object = {}): Message => ({ type: 'FileSeen', workspace: 'shop', name, path: `/inbox/shop/${name}`, size: 10, mtime: 1_000, ...more });

export const matched = (subscription: string, version: string): Message =>
  ({ type: 'ModelSubscriptionMatched', workspace: 'shop', subscription, trigger: 'recommend/model', model: MODEL, version, metrics: { top1: 0.9 }, lineage: { run: 'r' } });
export const conflicted = (subscription: string, version?: string, reason = 'outside the range ^1.0.0'): Message =>
  ({ type: 'ModelSubscriptionConflict', workspace: 'shop', subscription, trigger: 'recommend/model', model: MODEL, ...(version !== undefined && { version }), reason });
