import type { Json, Message } from '@novacron/kernel';
import { fill, type Scope } from '@novacron/workflow';
import type { Trigger } from './state.ts';

/** A run should start for the occasion. Parameters that cannot be filled start none, and say why. */
export function fire({ workspace, workflow, trigger, definition }: Trigger, occasion: string, detail: { readonly [name: string]: Json }): Message {
  const params = fill(definition.params, { trigger: detail } as Scope);
  if (!params.ok) return { type: 'TriggerSkipped', workspace, workflow, trigger, occasion, reason: `its params: ${params.message}` };
  return { type: 'TriggerFired', workspace, workflow, trigger, occasion, kind: definition.kind, params: params.value, detail };
}
