import { describe, expect, it } from '@jest/globals';
import { messages } from '@novacron/contracts';
import { canonical, isRefusal, type Message } from '@novacron/kernel';
import fc from 'fast-check';
import { awaited, MODEL, produced, publish, SCHEMA, subscribed, world } from './examples.ts';

const actor = { key: 'k', name: 'k' };
const version = fc.constantFrom('1.0.0', '1.0.1', '1.1.0', '1.2.0-rc.1', '2.0.0', 'v1', '1.0');
const content = fc.constantFrom({}, { metrics: { top1: 0.5 } }, { schema: undefined }, { schema: { ...SCHEMA, output: { label: 'number' } } }, { schema: { input: {}, output: {} } });
const demand = fc.constantFrom({}, { range: '*' }, { range: '2.x', compat: { inputs: 'backward' } }, { compat: { outputs: 'backward', metrics: { top1: '>=0.8' } } }, { range: 'bad' }, { workspace: 'vision' });
const id = fc.constantFrom('x1', 'x2', 'x3', 'x4');
const command = fc.uuid();

const message: fc.Arbitrary<Message> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(command, version, content, fc.constantFrom('vision', 'vision', 'shop')).map(([c, v, more, workspace]) => publish(v, { ...more, command: c, workspace })) },
  { weight: 4, arbitrary: fc.tuple(version, content, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 })).map(([v, more, run, attempt]) => produced(v, { ...more, run: `r${run}`, attempt, lineage: { run: `r${run}`, task: 'publish', workflow: 'w', params: {} } })) },
  { weight: 3, arbitrary: fc.tuple(id, demand).map(([w, more]) => awaited(w, more)) },
  fc.tuple(id, demand).map(([s, more]) => subscribed(s, more)),
  fc.tuple(id).map(([subscription]) => ({ type: 'Unsubscribed', workspace: 'shop', subscription, model: MODEL })),
  id.map((wait) => ({ type: 'AwaitWithdrawn', workspace: 'shop', workflow: 'f', run: 's1', task: 'vision', wait, model: MODEL })),
  id.map((wait) => ({ type: 'WaitExpired', wait })),
  fc.tuple(command, fc.constantFrom('ModelGrantRequested', 'ModelGrantRequested', 'ModelGrantRevokeRequested'), fc.constantFrom('shop', 'vision')).map(([c, type, grantee]) => ({ type, command: c, workspace: 'vision', actor, model: MODEL, grantee })),
  fc.tuple(command, version, fc.constantFrom(undefined, null, '1.0.0')).map(([c, v, expected]) => ({ type: 'ModelAliasRequested', command: c, workspace: 'vision', actor, model: MODEL, alias: 'prod', version: v, ...(expected !== undefined && { expected }) })),
  version.map((v) => ({ type: 'TellingContinued', model: MODEL, version: v, place: { stage: 'waits', after: 'x2' } })),
  fc.constant({ type: 'RevokingContinued', model: MODEL, grantee: 'shop', place: { stage: 'subscriptions', after: '' } }),
);
const stream = fc.array(message, { maxLength: 40 });
/** Answers that a repeated question gets again; they change nothing. */
const ANSWERS = new Set(['ModelVersionRefused', 'ModelCommandRefused', 'ModelAwaitRefused', 'ModelAwaitSatisfied', 'ModelSubscriptionConflict']);

describe('laws of the registry', () => {
  it('never throws, says what the contract allows, and folding it again gives the same state', () => {
    fc.assert(fc.property(stream, (all) => {
      const registry = world();
      for (const each of all) for (const event of registry.events(each)) messages.get(event.type)!.schema.parse(event);
      expect(registry.hash()).toBe(registry.refolded());
    }));
  });

  it('says nothing new to the same message', () => {
    fc.assert(fc.property(stream, (all) => {
      const registry = world();
      for (const each of all) {
        registry.events(each);
        const before = registry.hash();
        const again = registry.tell(each);
        // Parts of a long answer are timers: the log decides each once.
        if (isRefusal(again) || each.type.endsWith('Continued')) continue;
        expect(again.events.filter(({ type }) => !ANSWERS.has(type))).toEqual([]);
        expect(registry.hash()).toBe(before);
      }
    }));
  });

  it('M1 no two versions have the same number, and no (run, task) has two', () => {
    fc.assert(fc.property(stream, (all) => {
      const registry = world();
      const contents = new Map<unknown, string>();
      const producers = new Map<string, unknown>();
      for (const each of all) {
        for (const event of registry.events(each)) {
          if (event.type !== 'ModelVersionPublished') continue;
          const { version: number, metrics, schema, lineage, run } = event;
          const told = canonical([metrics, schema, lineage]);
          expect(contents.get(number) ?? told).toBe(told);
          contents.set(number, told);
          if (typeof run !== 'string') continue;
          expect(producers.get(run) ?? number).toBe(number);
          producers.set(run, number);
        }
      }
      expect(registry.state.version.size).toBe(contents.size);
    }), { numRuns: 300 });
  });

  it('DP-10 nobody waits for what is there: no open wait fits a version', () => {
    fc.assert(fc.property(stream, (all) => {
      const registry = world();
      for (const each of all) registry.events(each);
      for (const wait of [...registry.state.wait.ids()]) {
        const { workspace, range, compat } = registry.state.wait.get(wait)!;
        const again = registry.decide(awaited('new', { workspace, range, ...(compat && { compat }) }));
        expect(isRefusal(again) ? [] : again.events.map(({ type }) => type)).toEqual(['AwaitRegistered']);
      }
    }), { numRuns: 200 });
  });
});
