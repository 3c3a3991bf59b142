import type * as C from '@novacron/contracts';
import { expectedAt, nextNominal } from './nominal.ts';
import { placeOf, type Commit } from './reading.ts';
import type { Answered, Report, Rule } from './rule.ts';

interface Trigger {
  definition: C.TriggerDefinition;
  /** From which intervals count. */
  anchor: number;
  next?: number;
  /** Newest nominal time that is done with. */
  done: number;
  subscription?: string;
  readonly fired: Set<string>;
}
interface TriggerScheduled {
  readonly workspace: string;
  readonly trigger: string;
  readonly at: number;
}
type OfTrigger = { readonly workspace: string; readonly trigger: string };

const idOf = ({ workspace, trigger }: OfTrigger): string => `${workspace}/${trigger}`;
const isTimed = ({ kind }: C.TriggerDefinition): boolean => kind === 'cron' || kind === 'interval';
const sourceOf = ({ kind, cron, timezone, every, path, model, range, compat }: C.TriggerDefinition): string => JSON.stringify([kind, cron, timezone, every, path, model, range, compat]);

/** Invariant 5 at the triggers: once per occasion, and at the nominal times exactly what the policy says, computed here from its words. */
export function schedules(report: Report): Rule {
  const triggers = new Map<string, Trigger>();

  function applied(event: C.TriggerApplied, { time }: Commit): void {
    const id = idOf(event);
    const known = triggers.get(id);
    if (known && sourceOf(known.definition) === sourceOf(event.definition)) known.definition = event.definition;
    else triggers.set(id, { definition: event.definition, anchor: time, done: known?.done ?? 0, fired: known?.fired ?? new Set() });
  }

  function scheduled(event: TriggerScheduled, commit: Commit): void {
    const trigger = triggers.get(idOf(event));
    if (!trigger) return report(placeOf(commit), `trigger ${idOf(event)} is scheduled, and does not exist`);
    const expected = nextNominal(trigger.definition, trigger.anchor, commit.time);
    if (expected !== undefined && expected !== event.at) report(placeOf(commit), `trigger ${idOf(event)} is due at ${iso(event.at)}, and its next nominal time is ${iso(expected)}`);
    trigger.next = event.at;
  }

  function fired(event: C.TriggerFired, commit: Commit): void {
    const trigger = triggers.get(idOf(event));
    if (!trigger) return report(placeOf(commit), `trigger ${idOf(event)} fires, and does not exist`);
    if (isTimed(trigger.definition)) return;
    if (trigger.fired.has(event.occasion)) report(placeOf(commit), `trigger ${idOf(event)} fires again for ${event.occasion}`);
    trigger.fired.add(event.occasion);
  }

  /** A timer of the schedule: everything that is said for the trigger must be what the policy says. */
  function due(id: string, commit: Commit): void {
    const trigger = triggers.get(id);
    if (!trigger) return;
    const nominal = trigger.next;
    if (nominal === undefined || nominal > commit.time) return report(placeOf(commit), `trigger ${id} fires at ${iso(commit.time)}, and is due ${nominal === undefined ? 'never' : `at ${iso(nominal)}`}`);
    const said = (commit.events as unknown as readonly (C.TriggerFired | C.TriggerSkipped)[]).filter((event) => (event.type === 'TriggerFired' || event.type === 'TriggerSkipped') && idOf(event) === id);
    const occasions = said.map((event) => `${event.type === 'TriggerFired' || event.reason.startsWith('its params') ? 'fire' : 'skip'} ${event.occasion}`);
    const expected = expectedAt(trigger.definition, trigger.anchor, nominal, commit.time);
    if (expected && expected.join() !== occasions.join()) report(placeOf(commit), `trigger ${id} (${trigger.definition.catchup ?? 'latest'}), due at ${iso(nominal)}, says at ${iso(commit.time)} ${occasions.join(', ') || 'nothing'}, and its policy says ${expected.join(', ')}`);
    if (nominal <= trigger.done) report(placeOf(commit), `trigger ${id} fires for ${iso(nominal)}, and was past ${iso(trigger.done)}`);
    trigger.done = commit.time;
  }

  function matched(answered: readonly Answered[], commit: Commit): void {
    for (const event of answered.map((each) => each.event as unknown as C.ModelSubscriptionMatched)) {
      if (event.type !== 'ModelSubscriptionMatched') continue;
      const trigger = triggers.get(idOf(event));
      const occasion = `${event.model}@${event.version}`;
      if (trigger?.subscription !== event.subscription || trigger.fired.has(occasion)) continue;
      const said = (commit.events as unknown as readonly C.TriggerFired[]).some((one) => one.occasion === occasion && idOf(one) === idOf(event));
      if (!said) report(placeOf(commit), `trigger ${idOf(event)} was told of ${occasion} and does not fire`);
    }
  }

  return {
    events: {
      TriggerApplied: applied, TriggerScheduled: scheduled, TriggerFired: fired,
      TriggerSkipped: (event: C.TriggerSkipped) => void triggers.get(idOf(event))?.fired.add(event.occasion),
      TriggerRemoved: (event: C.TriggerRemoved) => void triggers.delete(idOf(event)),
      ModelSubscribed: (event: C.ModelSubscribed) => {
        const trigger = triggers.get(idOf(event));
        if (trigger) trigger.subscription = event.subscription;
      },
    },
    commit(commit, answered) {
      if (commit.topic !== 'triggers') return;
      if (commit.cause?.startsWith(FIRE)) due(commit.cause.slice(FIRE.length), commit);
      matched(answered, commit);
    },
  };
}

const FIRE = 'timer:fire/';
const iso = (time: number): string => new Date(time).toISOString();
