import { z } from 'zod';
import { command, compat, modelName, problem, record, time } from '../fields.ts';
import { message, toAsker, type Of } from '../message.ts';
import type { TriggerDefinition } from '../definition.ts';

const definition = z.custom<TriggerDefinition>((value) => typeof value === 'object' && value !== null);
/** Id of a trigger in its workspace: `workflow/name`. */
const trigger = z.string();

export const TriggerApplied = message('TriggerApplied', { command, workspace: z.string(), workflow: z.string(), trigger, definition, declared: z.boolean() }, { said: 'triggers', to: toAsker, summary: 'A trigger exists in this form; `declared` when its workflow says so.' });
export const TriggerRemoved = message('TriggerRemoved', { command, workspace: z.string(), workflow: z.string(), trigger }, { said: 'triggers', to: toAsker, summary: 'A trigger is gone.' });
export const TriggerRefused = message('TriggerRefused', { command, workspace: z.string(), trigger, problem }, { said: 'triggers', to: toAsker, summary: 'The trigger cannot be as asked.' });
export const TriggerFired = message('TriggerFired', {
  workspace: z.string(), workflow: z.string(), trigger,
  /** What it fired for, unique per trigger: nominal time (ISO), file with size and mtime, or model version. */
  occasion: z.string(),
  kind: z.enum(['cron', 'interval', 'file', 'model']), params: record,
  /** `trigger.*` in templates: nominal time, file path, model and version. */
  detail: record,
}, { said: 'triggers', to: (e) => [{ service: 'resolver', key: `${e.workspace}/${e.workflow}` }], summary: 'A run should start, once for this occasion.' });
export const TriggerSkipped = message('TriggerSkipped', { workspace: z.string(), workflow: z.string(), trigger, occasion: z.string(), reason: z.string() }, { said: 'triggers', summary: 'An occasion passed without a run, by policy.' });
export const TriggerConflicted = message('TriggerConflicted', { workspace: z.string(), workflow: z.string(), trigger, model: modelName, version: z.string(), reason: z.string() }, { said: 'triggers', to: (e) => [{ service: 'notifier', key: e.workspace }], summary: 'A version came out that this trigger does not take.' });
export const ModelSubscribed = message('ModelSubscribed', { workspace: z.string(), trigger, subscription: z.string(), model: modelName, range: z.string(), compat: compat.optional(), from: time }, { said: 'triggers', to: (e) => [{ service: 'registry', key: e.model }], summary: 'Tell this trigger of versions in the range that are published from then on.' });
export const Unsubscribed = message('Unsubscribed', { workspace: z.string(), subscription: z.string(), model: modelName }, { said: 'triggers', to: (e) => [{ service: 'registry', key: e.model }], summary: 'The subscription ends.' });

export type TriggerApplied = Of<typeof TriggerApplied>;
export type TriggerRemoved = Of<typeof TriggerRemoved>;
export type TriggerRefused = Of<typeof TriggerRefused>;
export type TriggerFired = Of<typeof TriggerFired>;
export type TriggerSkipped = Of<typeof TriggerSkipped>;
export type TriggerConflicted = Of<typeof TriggerConflicted>;
export type ModelSubscribed = Of<typeof ModelSubscribed>;
export type Unsubscribed = Of<typeof Unsubscribed>;
