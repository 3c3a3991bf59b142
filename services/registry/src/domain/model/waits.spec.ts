import { describe, expect, it } from '@jest/globals';
import { type Decision } from '@novacron/kernel';
import { awaited, brief, command, granted, MODEL, publish, SCHEMA, world } from './examples.ts';

const HOUR = 3_600_000;

describe('waiting for a version', () => {
  it('DP-10 is answered at once by the highest version that fits', () => {
    const registry = granted();
    for (const version of ['1.0.0', '1.10.0', '1.9.0', '2.0.0']) registry.events(publish(version));
    expect(brief(registry.events(awaited('w1')))).toEqual(['ModelAwaitSatisfied w1 1.10.0']);
    expect(registry.state.wait.size).toBe(0);
  });

  it('DP-18 falls back to the previous version where the highest has a broken schema or metric', () => {
    const registry = granted();
    registry.events(publish('1.0.0'));
    registry.events(publish('1.1.0', { metrics: { top1: 0.7 } }));
    registry.events(publish('1.2.0', { schema: { ...SCHEMA, output: { label: 'string' } } }));
    const compat = { outputs: 'backward', metrics: { top1: '>=0.80' } };
    expect(brief(registry.events(awaited('w1', { compat })))).toEqual(['ModelAwaitSatisfied w1 1.0.0']);
    expect(brief(registry.events(awaited('w2', { compat: { outputs: 'backward' } })))).toEqual(['ModelAwaitSatisfied w2 1.1.0']);
    expect(brief(registry.events(awaited('w3')))).toEqual(['ModelAwaitSatisfied w3 1.2.0']);
  });

  it('is kept for a model that does not exist yet, until a version fits', () => {
    const registry = granted();
    const registered = registry.tell(awaited('w1', { range: '>=1.1', deadline: 5_000 })) as Decision;
    expect(registered).toEqual({
      events: [{ type: 'AwaitRegistered', wait: 'w1', workspace: 'shop', run: 's1', task: 'vision', model: MODEL, range: '>=1.1', deadline: 5_000 }],
      timers: [{ id: 'wait/w1', at: 5_000 + HOUR, message: { type: 'WaitExpired', wait: 'w1' } }],
    });
    expect(registry.events(awaited('w1', { range: '>=1.1', deadline: 5_000 }))).toEqual([]);
    expect(brief(registry.events(publish('1.0.0')))).toEqual(['ModelVersionPublished 1.0.0']);
    const answer = registry.tell(publish('1.1.0')) as Decision;
    expect(brief(answer.events)).toEqual(['ModelVersionPublished 1.1.0', 'ModelAwaitSatisfied w1 1.1.0']);
    expect(answer.timers).toEqual([{ id: 'wait/w1' }]);
    expect(brief(registry.events(publish('1.2.0')))).toEqual(['ModelVersionPublished 1.2.0']);
  });

  it('is forgotten when withdrawn, and an hour after its deadline', () => {
    const registry = granted();
    registry.events(awaited('w1'));
    registry.events(awaited('w2'));
    expect(registry.tell({ type: 'AwaitWithdrawn', workspace: 'shop', run: 's1', task: 'vision', workflow: 'recommend', wait: 'w1', model: MODEL }))
      .toEqual({ events: [{ type: 'AwaitForgotten', model: MODEL, wait: 'w1' }], timers: [{ id: 'wait/w1' }] });
    expect(registry.events({ type: 'WaitExpired', wait: 'w2' })).toEqual([{ type: 'AwaitForgotten', model: MODEL, wait: 'w2' }]);
    expect(registry.events({ type: 'WaitExpired', wait: 'w2' })).toEqual([]);
    expect(brief(registry.events(publish('1.0.0')))).toEqual(['ModelVersionPublished 1.0.0']);
  });

  it('DP-05 needs a grant for models of other workspaces only', () => {
    const registry = world();
    registry.events(publish('1.0.0'));
    expect(brief(registry.events(awaited('w1')))).toEqual(['ModelAwaitRefused w1 workspace shop has no grant for vision/classifier']);
    expect(brief(registry.events(awaited('w2', { workspace: 'vision' })))).toEqual(['ModelAwaitSatisfied w2 1.0.0']);
    expect(registry.events(command('ModelGrantRequested', { grantee: 'shop' }))).toMatchObject([{ type: 'ModelGranted', workspace: 'vision', model: MODEL, grantee: 'shop' }]);
    expect(brief(registry.events(awaited('w3')))).toEqual(['ModelAwaitSatisfied w3 1.0.0']);
  });

  it.each([
    [{ range: 'newest' }, "'newest' is no version range; write an npm range such as '^1.0.0'"],
    [{ compat: { metrics: { top1: 'good' } } }, "metric top1: 'good' is no comparison; write '>=0.80'"],
  ])('refuses a demand that nothing can meet: %j', (more, reason) => {
    expect(granted().events(awaited('w1', more))).toEqual([{ type: 'ModelAwaitRefused', workspace: 'shop', wait: 'w1', run: 's1', task: 'vision', model: MODEL, reason }]);
  });

  it('takes a version that was incompatible once a lower one moves the comparison', () => {
    const registry = granted();
    const compat = { outputs: 'backward' };
    registry.events(publish('1.1.0', { schema: undefined, metrics: {} }));
    registry.events(publish('1.0.0'));
    expect(brief(registry.events(awaited('w1', { compat, range: '^1.1.0' })))).toEqual(['ModelAwaitSatisfied w1 1.1.0']);
    expect(brief(registry.events(awaited('w2', { compat })))).toEqual(['ModelAwaitSatisfied w2 1.0.0']);
  });
});
