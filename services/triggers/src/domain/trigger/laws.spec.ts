import { describe, expect, it } from '@jest/globals';
import { messages, type TriggerDefinition } from '@novacron/contracts';
import { isRefusal, type Message } from '@novacron/kernel';
import fc from 'fast-check';
import { applied, conflicted, cron, declared, due, file, interval, matched, model, removal, seen, world } from './examples.ts';

const MINUTE = 60_000;
const START = 1_800_000_000_000;

const catchup = fc.constantFrom('skip' as const, 'latest' as const, 'all' as const);
const name = fc.constantFrom('t1', 't2', 't3');
const trigger: fc.Arbitrary<TriggerDefinition> = fc.tuple(name, catchup, fc.constantFrom<TriggerDefinition>(
  cron('*/5 * * * *'), cron('30 2 * * *', { timezone: 'Europe/Berlin' }), cron('bad'), interval(7 * MINUTE), interval(0), file('*.csv'), file('a*', { params: { x: '${{ trigger.file.path }}' } }),
  file('[', {}), model('^1.0.0'), model('*', { params: { v: '${{ trigger.nothing }}' } }), model('bad'),
)).map(([called, policy, definition]) => ({ ...definition, name: called, catchup: policy }));
const triggers = fc.array(trigger, { maxLength: 4 });

/** Steps of a world: timers and subscriptions are those that were really said, or some that never were. */
const step = fc.oneof(
  { weight: 2, arbitrary: triggers.map((all) => ({ kind: 'message' as const, message: declared(...all) })) },
  trigger.map((each) => ({ kind: 'message' as const, message: applied(each) })),
  name.map((each) => ({ kind: 'message' as const, message: removal(each) })),
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('a.csv', 'b.csv', 'a', 'c'), fc.integer({ min: 1, max: 2 })).map(([file, size]) => ({ kind: 'message' as const, message: seen(file, { size }) })) },
  { weight: 3, arbitrary: fc.tuple(fc.nat(3), fc.constantFrom('1.0.0', '1.1.0', '2.0.0'), fc.boolean()).map(([which, version, fits]) => ({ kind: 'registry' as const, which, version, fits })) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 40 }).map((minutes) => ({ kind: 'time' as const, minutes })) },
  fc.tuple(name, fc.constantFrom(START, START + MINUTE)).map(([each, at]) => ({ kind: 'message' as const, message: due(each, at) })),
);

function live(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[], each: (said: readonly Message[], message: Message, now: number, scenario: ReturnType<typeof world>) => void, times = 1) {
  const scenario = world();
  const timers = new Map<string, { at: number; message: Message }>();
  const subscriptions: string[] = [];
  let now = START;
  const tell = (message: Message): void => {
    for (let i = 0; i < times; i++) once(message);
  };
  const once = (message: Message): void => {
    const decision = scenario.tell(message, { now });
    if (isRefusal(decision)) throw new Error(decision.detail);
    for (const { id, at, message: late } of decision.timers ?? []) {
      if (at === undefined) timers.delete(id);
      else timers.set(id, { at, message: late! });
    }
    for (const event of decision.events) if (event.type === 'ModelSubscribed') subscriptions.push(event['subscription'] as string);
    each(decision.events, message, now, scenario);
  };
  for (const one of steps) {
    if (one.kind === 'message') tell(one.message);
    else if (one.kind === 'registry') {
      const id = subscriptions[one.which] ?? 'never';
      tell(one.fits ? matched(id, one.version) : conflicted(id, one.version));
    } else {
      now += one.minutes * MINUTE;
      for (let i = 0; i < 20; i++) {
        const [id, timer] = [...timers].find(([, { at }]) => at <= now) ?? [];
        if (!id || !timer) break;
        timers.delete(id);
        tell(timer.message);
      }
    }
  }
  return scenario;
}

describe('laws of triggers', () => {
  it('never throws, says what the contract allows, and folding it again gives the same state', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const scenario = live(steps, (said) => {
        for (const event of said) messages.get(event.type)?.schema.parse(event);
      });
      expect(scenario.hash()).toBe(scenario.refolded());
    }));
  });

  it('says nothing new to the same message', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      live(steps, (_, message, now, scenario) => {
        const again = scenario.decide(message, { now });
        const before = scenario.hash();
        if (isRefusal(again)) throw new Error(again.detail);
        // A repeated command, or a declared fault, gets the same answer; it changes nothing.
        expect(again.events.filter(({ type }) => type !== 'TriggerRefused' && type !== 'TriggerApplied')).toEqual([]);
        scenario.tell(message, { now });
        expect(scenario.hash()).toBe(before);
      });
    }));
  });

  it('T2 TR-10 fires once per trigger and occasion, however often it hears of it, as long as the trigger exists', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const fired = new Map<string, Set<string>>();
      live(steps, (said) => {
        for (const event of said) {
          const id = event['trigger'] as string;
          if (event.type === 'TriggerRemoved') fired.delete(id);
          if (event.type !== 'TriggerFired') continue;
          const known = fired.get(id) ?? new Set<string>();
          expect(known.has(event['occasion'] as string)).toBe(false);
          fired.set(id, known.add(event['occasion'] as string));
        }
      }, 2);
    }), { numRuns: 300 });
  });
});
