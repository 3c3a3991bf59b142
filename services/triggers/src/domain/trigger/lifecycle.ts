import type { ModelSubscribed, TriggerDefinition } from '@novacron/contracts';
import type { DecideContext, Decision, Message, TimerChange } from '@novacron/kernel';
import { isTimed, nextTime } from '../schedule/schedule.ts';
import { sourceOf, timerId, triggerId, type Trigger } from './state.ts';

/** Gathers what several triggers' changes say into one decision. */
export class Changes {
  readonly events: Message[] = [];
  readonly effects: Message[] = [];
  readonly timers: TimerChange[] = [];

  decision(): Decision {
    return { events: this.events, effects: this.effects, timers: this.timers };
  }
}

export type Wanted = Pick<Trigger, 'workspace' | 'workflow' | 'trigger' | 'definition' | 'declared'>;

/** The trigger exists in this form from now on. What it listens to goes on undisturbed where that did not change: no fire is lost or doubled. */
export function apply(changes: Changes, wanted: Wanted, known: Trigger | undefined, context: DecideContext, command?: string): void {
  const { workspace, workflow, trigger, definition, declared } = wanted;
  const goesOn = known !== undefined && sourceOf(known.definition) === sourceOf(definition);
  if (known && !goesOn) detach(changes, known);
  changes.events.push({ type: 'TriggerApplied', ...(command !== undefined && { command }), workspace, workflow, trigger, definition, declared } as unknown as Message);
  if (!goesOn) attach(changes, wanted, context);
}

export function remove(changes: Changes, known: Trigger, command?: string): void {
  const { workspace, workflow, trigger } = known;
  detach(changes, known);
  changes.events.push({ type: 'TriggerRemoved', ...(command !== undefined && { command }), workspace, workflow, trigger });
}

function attach(changes: Changes, { workspace, trigger, definition }: Wanted, { now, newId }: DecideContext): void {
  if (isTimed(definition)) schedule(changes, { workspace, trigger }, nextTime(definition, now, now));
  else if (definition.kind === 'model') changes.events.push(subscription(workspace, trigger, definition, newId(), now) as Message);
  else {
    const watch = newId();
    changes.events.push({ type: 'InboxWatched', workspace, trigger, watch });
    changes.effects.push({ type: 'WatchInbox', workspace, watch });
  }
}

function subscription(workspace: string, trigger: string, { model, range = '*', compat }: TriggerDefinition, id: string, from: number): ModelSubscribed {
  return { type: 'ModelSubscribed', workspace, trigger, subscription: id, model: model!, range, ...(compat && { compat: compat as NonNullable<ModelSubscribed['compat']> }), from };
}

/** Says when the trigger fires next; a schedule that has come to its end stays and fires no more. */
export function schedule(changes: Changes, { workspace, trigger }: Pick<Trigger, 'workspace' | 'trigger'>, at: number | undefined): void {
  if (at === undefined) return;
  changes.events.push({ type: 'TriggerScheduled', workspace, trigger, at });
  changes.timers.push({ id: timerId(triggerId({ workspace, trigger })), at, message: { type: 'FireDue', workspace, trigger, nominal: at } });
}

function detach(changes: Changes, known: Trigger): void {
  const { workspace, definition, subscription, watch } = known;
  if (isTimed(definition)) changes.timers.push({ id: timerId(triggerId(known)) });
  if (subscription !== undefined) changes.events.push({ type: 'Unsubscribed', workspace, subscription, model: definition.model! });
  if (watch !== undefined) changes.effects.push({ type: 'UnwatchInbox', workspace, watch });
}
