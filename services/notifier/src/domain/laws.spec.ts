import { describe, expect, it } from '@jest/globals';
import { messages } from '@novacron/contracts';
import type { Message } from '@novacron/kernel';
import { Scenario } from '@novacron/testing';
import fc from 'fast-check';
import { definition } from '../definition.ts';
import { delayAfter } from './delivery/backoff.ts';

const actor = { key: 'k', name: 'ann' };
const of = fc.record({ workspace: fc.constantFrom('a', 'b'), destination: fc.constantFrom('x', 'y') });
const command = fc.nat(5).map((n) => `c${n}`);
/** Deliveries are named by their number among those said so far. */
const pick = fc.nat(8);
type Step = (said: readonly string[]) => Message;
const fixed = (message: fc.Arbitrary<Message>): fc.Arbitrary<Step> => message.map((m) => () => m);
const step: fc.Arbitrary<Step> = fc.oneof(
  fixed(fc.tuple(of, command).map(([o, c]) => ({ type: 'DestinationAddRequested', ...o, command: c, actor, kind: 'slack', sealed: 's', shown: '…', events: [] }))),
  fixed(fc.tuple(of, command).map(([o, c]) => ({ type: 'DestinationRemoveRequested', ...o, command: c, actor }))),
  fixed(fc.tuple(of, command).map(([o, c]) => ({ type: 'DestinationTestRequested', ...o, command: c, actor }))),
  fixed(of.map(({ workspace }) => ({ type: 'RunFailed', workspace, workflow: 'w', run: 'r', reason: 'x', startedAt: 1 }))),
  fixed(of.map(({ workspace }) => ({ type: 'RunSucceeded', workspace, workflow: 'w', run: 'r', outputs: {}, startedAt: 1 }))),
  fc.tuple(pick, fc.integer({ min: 1, max: 13 }), fc.constantFrom(200, 410, 500), fc.boolean()).map(([n, tries, status, sent]) => (said: readonly string[]) => ({ type: 'DeliveryAttempted', delivery: said[n] ?? 'none', tries, ok: status === 200, status, sent })),
  pick.map((n) => (said: readonly string[]) => ({ type: 'DeliveryDue', delivery: said[n] ?? 'none' })),
);
/** What the log tells exactly once by its cursor, and answers anew when it is told anew. */
const ONCE = new Set(['RunFailed', 'RunSucceeded', 'DestinationTestRequested']);

describe('laws of the notifier', () => {
  it('never throws, says what the contract allows, repeats nothing, and folds to the same state', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const scenario = new Scenario(definition);
      const said: string[] = [];
      const ended = new Set<string>();
      for (const next of steps) {
        const message = next(said);
        for (const event of scenario.events(message)) {
          messages.get(event.type)?.schema.parse(event);
          const delivery = event['delivery'] as string;
          if (event.type === 'DeliveryRequested') said.push(delivery);
          if (event.type === 'DeliverySucceeded' || event.type === 'DeliveryAbandoned') {
            expect(ended.has(delivery)).toBe(false);
            ended.add(delivery);
          }
        }
        if (ONCE.has(message.type)) continue;
        const again = scenario.events(message);
        expect(again.filter((event) => event.type !== 'DestinationRefused')).toEqual([]);
      }
      expect(new Set(said).size).toBe(said.length);
      expect(scenario.hash()).toBe(scenario.refolded());
    }));
  });

  it('spreads the tries: each delay lies between half and the whole of its step, and steps do not shrink', () => {
    fc.assert(fc.property(fc.string(), fc.integer({ min: 1, max: 12 }), (id, tries) => {
      const whole = Math.min(4 * 3_600_000, 5_000 * 3 ** (tries - 1));
      expect(delayAfter(id, tries)).toBeGreaterThanOrEqual(whole / 2);
      expect(delayAfter(id, tries)).toBeLessThanOrEqual(whole);
    }));
  });
});
