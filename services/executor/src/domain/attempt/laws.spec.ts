import { describe, expect, it } from '@jest/globals';
import { attemptId, addressesOf, messages } from '@novacron/contracts';
import { isRefusal, type Message } from '@novacron/kernel';
import { Scenario } from '@novacron/testing';
import fc from 'fast-check';
import { definition } from '../../definition.ts';

const work = { kind: 'function', params: {}, inputs: {}, grace: 1 };
const mark = fc.record({ run: fc.constantFrom('r1', 'r2'), task: fc.constantFrom('a', 'b'), attempt: fc.integer({ min: 1, max: 2 }) });
const node = fc.constantFrom('n1', 'n2');
const outcome = fc.constantFrom({ kind: 'succeeded', outputs: {} }, { kind: 'failed', failure: { class: 'data', code: 'x', message: '' } }, { kind: 'cancelled', reason: '' }, { kind: 'lost', reason: '' });
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.tuple(mark, node).map(([m, n]) => ({ type: 'TaskPlaced', workspace: 'w', workflow: 'f', pool: 'p', node: n, gpus: [], work, resources: { cpu: 1, memory: 0, gpu: 0 }, ...m })),
  mark.map((m) => ({ type: 'CancelForwarded', workspace: 'w', pool: 'p', reason: '', ...m })),
  fc.array(mark.map((m) => ({ ...m, startedAt: 5 }))).map((attempts) => ({ type: 'AttemptsStarted', attempts })),
  fc.array(fc.record({ mark, node, outcome })).map((all) => ({ type: 'AttemptsEnded', effects: [], results: all.map((r) => ({ ...r.mark, node: r.node, outcome: r.outcome, endedAt: 9 })) })),
  fc.array(mark).map((attempts) => ({ type: 'AttemptsSilent', effects: [], attempts, reason: 'silent' })),
  fc.array(mark).map((attempts) => ({ type: 'AttemptsListed', attempts })),
  fc.tuple(mark, fc.nat(3)).map(([m, chunk]) => ({ type: 'LogKept', workspace: 'w', chunk, hash: 'h', size: 1, ...m })),
);
const TERMINAL = new Set(['AttemptSucceeded', 'AttemptFailed', 'AttemptCancelled', 'AttemptLost']);

describe('laws of the executor', () => {
  it('never throws, says what the contract allows, and folding it again gives the same state', () => {
    fc.assert(fc.property(fc.array(message, { maxLength: 40 }), (all) => {
      const scenario = new Scenario(definition);
      for (const each of all) {
        for (const event of scenario.events(each)) {
          messages.get(event.type)?.schema.parse({ ...event, ...('hash' in event && { hash: 'a'.repeat(64) }) });
          expect(addressesOf(event).length).toBe(TERMINAL.has(event.type) ? 2 : event.type === 'AttemptStarted' ? 1 : 0);
        }
      }
      expect(scenario.hash()).toBe(scenario.refolded());
    }));
  });

  it('says nothing new to the same message, and ends each placing at most once', () => {
    fc.assert(fc.property(fc.array(message, { maxLength: 40 }), (all) => {
      const scenario = new Scenario(definition);
      const open = new Set<string>();
      for (const each of all) {
        for (const event of scenario.events(each)) {
          const id = attemptId(event as never);
          if (event.type === 'AttemptStarting') open.add(id);
          if (TERMINAL.has(event.type)) expect(open.delete(id)).toBe(true);
        }
        // Log pieces of ended attempts are the exception: readers keep them by (attempt, chunk).
        if (each.type === 'LogKept' && !scenario.state.attempt.has(attemptId(each as never))) continue;
        const again = scenario.decide(each);
        expect(isRefusal(again) ? [] : again.events).toEqual([]);
      }
      expect(scenario.state.attempt.size).toBe(open.size);
    }));
  });
});
