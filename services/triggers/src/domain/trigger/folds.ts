import type * as C from '@novacron/contracts';
import type { Evolve } from '@novacron/kernel';
import type { InboxWatched, TriggerScheduled } from './messages.ts';
import { firedId, sourceOf, triggerId, type Trigger, type TriggersState } from './state.ts';

type Fold<E extends { type: string }> = Evolve<TriggersState, E>;

const applied: Fold<C.TriggerApplied> = (state, event) => {
  const { workspace, workflow, trigger, definition, declared } = event;
  const known = state.trigger.get(triggerId(event));
  const goesOn = known && sourceOf(known.definition) === sourceOf(definition) ? known : {};
  state.trigger.put(triggerId(event), { ...goesOn, workspace, workflow, trigger, definition, declared });
};

const removed: Fold<C.TriggerRemoved> = (state, event) => {
  const id = triggerId(event);
  state.trigger.delete(id);
  for (const fired of [...state.fired.list('byTrigger', id)]) state.fired.delete(fired);
};

function change(state: TriggersState, event: { workspace: string; trigger: string }, changed: Partial<Trigger>): void {
  const known = state.trigger.get(triggerId(event));
  if (known) state.trigger.put(triggerId(event), { ...known, ...changed });
}

const scheduled: Fold<TriggerScheduled> = (state, event) => change(state, event, { nextFireAt: event.at });
const subscribed: Fold<C.ModelSubscribed> = (state, event) => change(state, event, { subscription: event.subscription });
const watched: Fold<InboxWatched> = (state, event) => change(state, event, { watch: event.watch });
const conflicted: Fold<C.TriggerConflicted> = (state, event) => change(state, event, { conflict: conflictOf(event) });

/** A skipped occasion is as done with as a fired one. Nominal times need no memory: the next one is always a later one. */
const done: Fold<C.TriggerFired | C.TriggerSkipped> = (state, event) => {
  const id = triggerId(event);
  const kind = state.trigger.get(id)?.definition.kind;
  if (kind === 'file' || kind === 'model') state.fired.put(firedId(id, event.occasion), { of: id });
};

export const conflictOf = ({ model, version, reason }: { model: string; version: string; reason: string }): string => `${model} ${version}: ${reason}`;

export const folds = {
  TriggerApplied: applied, TriggerRemoved: removed, TriggerScheduled: scheduled, ModelSubscribed: subscribed, InboxWatched: watched,
  TriggerConflicted: conflicted, TriggerFired: done, TriggerSkipped: done,
};
