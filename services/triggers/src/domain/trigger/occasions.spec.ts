import { describe, expect, it } from '@jest/globals';
import { addressesOf, messages } from '@novacron/contracts';
import type { Decision, Message } from '@novacron/kernel';
import { conflicted, declared, file, matched, model, MODEL, seen, TRIGGER, world } from './examples.ts';

const subscriptionOf = (events: readonly Message[]): string => events.find(({ type }) => type === 'ModelSubscribed')!['subscription'] as string;

describe('a model trigger', () => {
  it('TR-10 subscribes, fires once per version, and fills its parameters', () => {
    const triggers = world();
    const events = triggers.events(declared(model('^1.0.0', { compat: { outputs: 'backward' }, params: { version: '${{ trigger.version }}' } })));
    expect(events).toMatchObject([
      { type: 'TriggerApplied', ...TRIGGER, trigger: 'recommend/model', declared: true },
      { type: 'ModelSubscribed', workspace: 'shop', trigger: 'recommend/model', model: MODEL, range: '^1.0.0', compat: { outputs: 'backward' }, from: triggers.now },
    ]);
    expect(addressesOf(events[1]!)).toEqual([{ service: 'registry', key: MODEL }]);
    const id = subscriptionOf(events);
    const fired = triggers.events(matched(id, '1.1.0'));
    expect(fired).toEqual([{
      type: 'TriggerFired', ...TRIGGER, trigger: 'recommend/model', occasion: 'vision/classifier@1.1.0', kind: 'model', params: { version: '1.1.0' },
      detail: { model: MODEL, version: '1.1.0', metrics: { top1: 0.9 } },
    }]);
    expect(addressesOf(fired[0]!)).toEqual([{ service: 'resolver', key: 'shop/recommend' }]);
    for (const event of [...events, ...fired]) messages.get(event.type)!.schema.parse(event);
    expect(triggers.events(matched(id, '1.1.0'))).toEqual([]);
    expect(triggers.events(matched(id, '1.2.0'))).toHaveLength(1);
  });

  it('TR-10 does not fire again for a version when its range changes, and no longer listens to the old subscription', () => {
    const triggers = world();
    const before = subscriptionOf(triggers.events(declared(model('^1.0.0'))));
    triggers.events(matched(before, '1.1.0'));
    const events = triggers.events(declared(model('>=1.0.0')));
    expect(events.map(({ type }) => type)).toEqual(['Unsubscribed', 'TriggerApplied', 'ModelSubscribed']);
    expect(events[0]).toEqual({ type: 'Unsubscribed', workspace: 'shop', subscription: before, model: MODEL });
    expect(triggers.events(matched(before, '1.2.0'))).toEqual([]);
    expect(triggers.events(matched(subscriptionOf(events), '1.1.0'))).toEqual([]);
    expect(triggers.events(matched(subscriptionOf(events), '1.2.0'))).toHaveLength(1);
  });

  it('goes on with its subscription when only its parameters change', () => {
    const triggers = world();
    const id = subscriptionOf(triggers.events(declared(model('^1.0.0'))));
    expect(triggers.events(declared(model('^1.0.0', { params: { v: '${{ trigger.version }}' } }))).map(({ type }) => type)).toEqual(['TriggerApplied']);
    expect(triggers.events(matched(id, '1.1.0'))).toMatchObject([{ type: 'TriggerFired', params: { v: '1.1.0' } }]);
  });

  it('says nothing to late matches and conflicts once it is removed', () => {
    const triggers = world();
    const id = subscriptionOf(triggers.events(declared(model('^1.0.0'))));
    expect(triggers.events(declared()).map(({ type }) => type)).toEqual(['Unsubscribed', 'TriggerRemoved']);
    expect(triggers.events(matched(id, '1.1.0'))).toEqual([]);
    expect(triggers.events(conflicted(id, '2.0.0'))).toEqual([]);
    expect(triggers.state.fired.size).toBe(0);
  });

  it('DP-20 passes a conflict on to the people of its workspace, once per version', () => {
    const triggers = world();
    const id = subscriptionOf(triggers.events(declared(model('^1.0.0'))));
    const [event] = triggers.events(conflicted(id, '2.0.0'));
    expect(event).toEqual({ type: 'TriggerConflicted', ...TRIGGER, trigger: 'recommend/model', model: MODEL, version: '2.0.0', reason: 'outside the range ^1.0.0' });
    expect(addressesOf(event!)).toEqual([{ service: 'notifier', key: 'shop' }]);
    expect(triggers.events(conflicted(id, '2.0.0'))).toEqual([]);
    expect(triggers.events(conflicted(id, '3.0.0'))).toHaveLength(1);
    expect(triggers.events(conflicted(id, undefined, 'no grant'))).toMatchObject([{ type: 'TriggerConflicted', version: '*', reason: 'no grant' }]);
  });

  it('starts no run when its parameters cannot be filled, says why, and stays with that', () => {
    const triggers = world();
    const id = subscriptionOf(triggers.events(declared(model('^1.0.0', { params: { x: '${{ trigger.file.path }}' } }))));
    expect(triggers.events(matched(id, '1.1.0'))).toEqual([
      { type: 'TriggerSkipped', ...TRIGGER, trigger: 'recommend/model', occasion: 'vision/classifier@1.1.0', reason: "its params: in 'trigger.file.path': there is no field 'file'" },
    ]);
    expect(triggers.events(matched(id, '1.1.0'))).toEqual([]);
  });
});

describe('a file trigger', () => {
  it('TR-05 TR-06 asks for the inbox to be watched and fires once per name, size and time of change', () => {
    const triggers = world();
    const { events, effects } = triggers.tell(declared(file('reviews*.jsonl', { params: { reviews: '${{ trigger.file.path }}' } }))) as Decision;
    const watch = events[1]!['watch'];
    expect(events).toMatchObject([{ type: 'TriggerApplied' }, { type: 'InboxWatched', trigger: 'recommend/file' }]);
    expect(effects).toEqual([{ type: 'WatchInbox', workspace: 'shop', watch }]);
    const [fired] = triggers.events(seen('reviews-1.jsonl'));
    expect(fired).toEqual({
      type: 'TriggerFired', ...TRIGGER, trigger: 'recommend/file', occasion: 'reviews-1.jsonl 10 1000', kind: 'file', params: { reviews: '/inbox/shop/reviews-1.jsonl' },
      detail: { file: { name: 'reviews-1.jsonl', path: '/inbox/shop/reviews-1.jsonl', size: 10 } },
    });
    messages.get('TriggerFired')!.schema.parse(fired);
    expect(triggers.decide(seen('reviews-1.jsonl'))).toEqual({ events: [], reply: { again: false } });
    expect(triggers.events(seen('orders.csv'))).toEqual([]);
    expect(triggers.events(seen('reviews-1.jsonl', { workspace: 'vision' }))).toEqual([]);
    expect(triggers.events(seen('reviews-1.jsonl', { size: 11 }))).toHaveLength(1);
    expect(triggers.events(seen('reviews-1.jsonl', { mtime: 2_000 }))).toHaveLength(1);
    expect((triggers.tell(declared()) as Decision).effects).toEqual([{ type: 'UnwatchInbox', workspace: 'shop', watch }]);
    expect(triggers.events(seen('reviews-2.jsonl'))).toEqual([]);
  });

  it('fires more triggers than one commit holds by being told again', () => {
    const triggers = world();
    const all = Array.from({ length: 230 }, (_, i) => file('*', { name: `f${i}` }));
    let next = declared(...all) as Message | undefined;
    for (let i = 0; next; i++) {
      const { timers } = triggers.tell(next) as Decision;
      next = timers?.find(({ at }) => at !== undefined)?.message;
      expect(i).toBeLessThan(3);
    }
    expect(triggers.state.trigger.size).toBe(230);
    const counts = [1, 2, 3, 4].map(() => (triggers.tell(seen('a')) as Decision).events.length);
    expect(counts).toEqual([100, 100, 30, 0]);
  });
});
