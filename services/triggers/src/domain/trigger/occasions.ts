import type { ModelSubscriptionConflict, ModelSubscriptionMatched } from '@novacron/contracts';
import { NOTHING, type DecideContext, type Decision, type Message } from '@novacron/kernel';
import { dueTimes, nextTime, ON_TIME_MS } from '../schedule/schedule.ts';
import { fire } from './fire.ts';
import { conflictOf } from './folds.ts';
import { matchesGlob } from './glob.ts';
import { Changes, schedule } from './lifecycle.ts';
import type { FileSeen, FireDue } from './messages.ts';
import { firedId, triggerId, type Trigger, type TriggersView } from './state.ts';

/** Bytes of fires in one commit, well below what a commit holds. */
const MAX_BYTES = 120_000;
/** Triggers that one file fires in one commit; the edge tells it again for the others. */
const MAX_FIRED = 100;

/** TR-01, TR-02: once per nominal time; what passed while nothing could fire goes by the trigger's policy. */
export function onFireDue(state: TriggersView, { workspace, trigger, nominal }: FireDue, { now }: DecideContext): Decision {
  const known = state.trigger.get(triggerId({ workspace, trigger }));
  if (known?.nextFireAt !== nominal) return NOTHING;
  const changes = new Changes();
  const due = dueTimes(known.definition, nominal, now);
  if (due.skipped) changes.events.push(skipped(known, due.skipped));
  let bytes = 0;
  for (const time of due.fire) {
    if (bytes > MAX_BYTES) {
      schedule(changes, known, time);
      return changes.decision();
    }
    const iso = new Date(time).toISOString();
    const fired = fire(known, iso, { time: iso, ...(now - time > ON_TIME_MS && { caughtUp: true }) });
    bytes += JSON.stringify(fired).length;
    changes.events.push(fired);
  }
  schedule(changes, known, nextTime(known.definition, nominal, now));
  return changes.decision();
}

function skipped({ workspace, workflow, trigger }: Trigger, { from, to, reason }: { from: number; to: number; reason: string }): Message {
  const occasion = from === to ? new Date(from).toISOString() : `${new Date(from).toISOString()}/${new Date(to).toISOString()}`;
  return { type: 'TriggerSkipped', workspace, workflow, trigger, occasion, reason };
}

/** TR-05, TR-06: once per trigger and delivery, where a delivery is a name with a size and a time of change. */
export function onFileSeen(state: TriggersView, { workspace, name, path, size, mtime }: FileSeen): Decision {
  const events: Message[] = [];
  const occasion = `${name} ${size} ${mtime}`;
  for (const id of state.trigger.list('byInbox', workspace)) {
    const known = state.trigger.get(id)!;
    if (!matchesGlob(known.definition.path!, name) || state.fired.has(firedId(id, occasion))) continue;
    if (events.length === MAX_FIRED) return { events, reply: { again: true } };
    events.push(fire(known, occasion, { file: { name, path, size } }));
  }
  return { events, reply: { again: false } };
}

/** TR-10: once per trigger and version. A match of a subscription that ended, or of a trigger that is gone, says nothing. */
export function onModelSubscriptionMatched(state: TriggersView, message: ModelSubscriptionMatched): Decision {
  const known = current(state, message);
  const { model, version, metrics, schema, artifact } = message;
  const occasion = `${model}@${version}`;
  if (!known || state.fired.has(firedId(triggerId(known), occasion))) return NOTHING;
  return { events: [fire(known, occasion, { model, version, metrics, ...(schema && { schema }), ...(artifact && { artifact }) })] };
}

/** DP-20: passed on to the workspace's people, once per version; a lost grant has no version. */
export function onModelSubscriptionConflict(state: TriggersView, message: ModelSubscriptionConflict): Decision {
  const known = current(state, message);
  if (!known) return NOTHING;
  const { workspace, workflow, trigger } = known;
  const { model, version = '*', reason } = message;
  if (message.version !== undefined && known.conflict === conflictOf({ model, version, reason })) return NOTHING;
  return { events: [{ type: 'TriggerConflicted', workspace, workflow, trigger, model, version, reason }] };
}

function current(state: TriggersView, { subscription }: { subscription: string }): Trigger | undefined {
  const id = state.trigger.first('bySubscription', subscription);
  return id === undefined ? undefined : state.trigger.get(id);
}
