import type { TriggerApplyRequested, TriggerDefinition, TriggerRemoveRequested, TriggersDeclared } from '@novacron/contracts';
import { canonical, type DecideContext, type Decision, type Message } from '@novacron/kernel';
import { apply, Changes, remove } from './lifecycle.ts';
import type { DeclaringContinued } from './messages.ts';
import { triggerId, type TriggersView } from './state.ts';
import { triggerFault } from './validity.ts';

/** Triggers that one commit changes at most; each says up to three events. */
const MAX_CHANGED = 100;

/** A workflow's version says which triggers it has: what is new is made, what changed is replaced, what is gone is removed. */
export function onTriggersDeclared(state: TriggersView, message: DeclaringContinued | TriggersDeclared, context: DecideContext): Decision {
  const { workspace, workflow, triggers } = message;
  const changes = new Changes();
  const timer = { id: `declare/${workspace}/${workflow}` };
  const rest = (from: number): Decision => ({
    ...changes.decision(), timers: [...changes.timers, { ...timer, at: context.now, message: { ...message, type: 'DeclaringContinued', from } as unknown as Message }],
  });
  const from = 'from' in message ? message.from : 0;
  let changed = 0;
  for (const [i, definition] of triggers.entries()) {
    if (i < from || isDeclared(state, workspace, workflow, definition)) continue;
    if (changed++ === MAX_CHANGED) return rest(i);
    const trigger = `${workflow}/${definition.name}`;
    const twice = triggers.findIndex(({ name }) => name === definition.name) < i ? `two triggers are called '${definition.name}'` : undefined;
    const fault = twice ?? triggerFault(definition, context.now);
    if (fault === undefined) apply(changes, { workspace, workflow, trigger, definition, declared: true }, state.trigger.get(triggerId({ workspace, trigger })), context);
    else changes.events.push(refused({ workspace, trigger }, 'TriggerInvalid', 422, fault));
  }
  const wanted = new Set(triggers.map(({ name }) => `${workflow}/${name}`));
  for (const id of state.trigger.list('byWorkflow', `${workspace}/${workflow}`)) {
    const known = state.trigger.get(id)!;
    if (wanted.has(known.trigger)) continue;
    if (changed++ === MAX_CHANGED) return rest(triggers.length);
    remove(changes, known);
  }
  // A longer declaration before this one may not be through yet: it no longer counts.
  return { ...changes.decision(), timers: [...changes.timers, timer] };
}

function isDeclared(state: TriggersView, workspace: string, workflow: string, definition: TriggerDefinition): boolean {
  const known = state.trigger.get(triggerId({ workspace, trigger: `${workflow}/${definition.name}` }));
  return known?.declared === true && canonical(known.definition) === canonical(definition);
}

export function onTriggerApplyRequested(state: TriggersView, message: TriggerApplyRequested, context: DecideContext): Decision {
  const { command, workspace, workflow, trigger: definition } = message;
  const trigger = `${workflow}/${String((definition as TriggerDefinition | null)?.name).slice(0, 64)}`;
  const fault = triggerFault(definition, context.now);
  if (fault !== undefined) return { events: [refused({ command, workspace, trigger }, 'TriggerInvalid', 422, fault)] };
  const known = state.trigger.get(triggerId({ workspace, trigger }));
  if (known?.declared) return { events: [refused({ command, workspace, trigger }, 'TriggerDeclared', 409, `${trigger} is declared by its workflow; change it there and apply the workflow`)] };
  const changes = new Changes();
  apply(changes, { workspace, workflow, trigger, definition, declared: false }, known, context, command);
  return changes.decision();
}

export function onTriggerRemoveRequested(state: TriggersView, message: TriggerRemoveRequested): Decision {
  const { command, workspace, workflow } = message;
  const trigger = message.trigger.startsWith(`${workflow}/`) ? message.trigger : `${workflow}/${message.trigger}`;
  const known = state.trigger.get(triggerId({ workspace, trigger }));
  if (!known) return { events: [refused({ command, workspace, trigger }, 'TriggerUnknown', 404, `workspace ${workspace} has no trigger ${trigger}`)] };
  if (known.declared) return { events: [refused({ command, workspace, trigger }, 'TriggerDeclared', 409, `${trigger} is declared by its workflow; remove it there and apply the workflow`)] };
  const changes = new Changes();
  remove(changes, known, command);
  return changes.decision();
}

function refused(of: { command?: string; workspace: string; trigger: string }, code: string, status: number, detail: string): Message {
  return { type: 'TriggerRefused', ...of, problem: { code, status, detail } };
}
