import { describe, expect, it } from '@jest/globals';
import { addressesOf, messages } from '@novacron/contracts';
import type { Decision } from '@novacron/kernel';
import { brief, command, granted, MODEL, publish, SCHEMA, subscribed, world } from './examples.ts';

const OTHER_OUTPUT = { ...SCHEMA, output: { label: 'number', score: 'number' } };

describe('subscriptions', () => {
  it('TR-10 DP-20 are told of what fits, and of the conflict that does not', () => {
    const registry = granted();
    registry.events(publish('1.0.0'));
    expect(registry.events(subscribed('s1'))).toEqual([
      { type: 'SubscriptionRegistered', subscription: 's1', workspace: 'shop', trigger: 'recommend/new-classifier', model: MODEL, range: '^1.0.0', compat: { outputs: 'backward' } },
    ]);
    expect(brief(registry.events(publish('1.1.0')))).toEqual(['ModelVersionPublished 1.1.0', 'ModelSubscriptionMatched s1 1.1.0']);
    const [, conflict] = registry.events(publish('2.0.0', { schema: OTHER_OUTPUT }));
    expect(conflict).toEqual({
      type: 'ModelSubscriptionConflict', subscription: 's1', workspace: 'shop', trigger: 'recommend/new-classifier', model: MODEL, version: '2.0.0', reason: 'outside the range ^1.0.0',
    });
    expect(addressesOf(conflict!)).toEqual([{ service: 'triggers', key: 'shop' }, { service: 'notifier', key: 'vision' }]);
    messages.get('ModelSubscriptionConflict')!.schema.parse(conflict);
    expect(brief(registry.events(publish('1.2.0', { schema: OTHER_OUTPUT })))).toEqual(['ModelVersionPublished 1.2.0', "ModelSubscriptionConflict s1 1.2.0 output 'label' is number, and was string in 1.1.0"]);
    expect(brief(registry.events(publish('1.3.0')))).toEqual(['ModelVersionPublished 1.3.0', 'ModelSubscriptionMatched s1 1.3.0']);
  });

  it.each([
    ['a patch of an older line', '^2.0.0', ['2.0.0'], '1.0.9', []],
    ['an older line before anything fits', '^2.0.0', [], '1.0.9', []],
    ['a higher line before anything fits', '^2.0.0', [], '3.0.0', ['ModelSubscriptionConflict s1 3.0.0 outside the range ^2.0.0']],
    ['a prerelease that the range does not name', '^2.0.0', ['2.0.0'], '3.0.0-beta.1', []],
    ['between two lines that fit', '^1.0.0 || ^3.0.0', ['3.0.0'], '2.0.0', []],
    ['a patch inside the range that is older than what it has', '>=1.0.0', ['2.0.0'], '1.0.9', ['ModelSubscriptionMatched s1 1.0.9']],
  ])('%s: %s with %j hears of %s: %j', (_, range, before, version, heard) => {
    const registry = granted();
    registry.events(subscribed('s1', { range, compat: undefined }));
    for (const each of before) registry.events(publish(each));
    expect(brief(registry.events(publish(version)).slice(1))).toEqual(heard);
  });

  it('an older patch does not make the subscriber older', () => {
    const registry = granted();
    registry.events(subscribed('s1', { range: '>=1.0.0' }));
    registry.events(publish('1.5.0'));
    registry.events(publish('1.0.1'));
    expect(registry.state.subscription.get('s1')!.last).toBe('1.5.0');
    expect(brief(registry.events(publish('1.4.0', { schema: OTHER_OUTPUT })))).toEqual(['ModelVersionPublished 1.4.0']);
  });

  it('are told of versions that came out between `from` and their arrival', () => {
    const registry = granted();
    registry.now = 1_000;
    registry.given({ type: 'ModelVersionPublished', workspace: 'vision', model: MODEL, version: '1.0.0', metrics: {}, lineage: {} });
    registry.now = 2_000;
    registry.given({ type: 'ModelVersionPublished', workspace: 'vision', model: MODEL, version: '1.1.0', metrics: {}, lineage: {} });
    expect(brief(registry.events(subscribed('s1', { from: 1_500 })))).toEqual(['SubscriptionRegistered s1', 'ModelSubscriptionMatched s1 1.1.0']);
    expect(registry.events(subscribed('s1', { from: 1_500 }))).toEqual([]);
  });

  it('DP-05 wait for a grant, lose it, and get it again; releases stay unheard of in between', () => {
    const registry = world();
    expect(brief(registry.events(subscribed('s1')))).toEqual(['SubscriptionRegistered s1', 'ModelSubscriptionConflict s1 workspace shop has no grant for vision/classifier']);
    expect(brief(registry.events(publish('1.0.0')))).toEqual(['ModelVersionPublished 1.0.0']);
    registry.events(command('ModelGrantRequested', { grantee: 'shop' }));
    expect(brief(registry.events(publish('1.1.0')))).toEqual(['ModelVersionPublished 1.1.0', 'ModelSubscriptionMatched s1 1.1.0']);
    expect(brief(registry.events(command('ModelGrantRevokeRequested', { grantee: 'shop' })))).toEqual(['ModelGrantRevoked shop', 'ModelSubscriptionConflict s1 the grant of shop was revoked']);
    expect(brief(registry.events(publish('1.2.0')))).toEqual(['ModelVersionPublished 1.2.0']);
    registry.events(command('ModelGrantRequested', { grantee: 'shop' }));
    expect(brief(registry.events(publish('1.3.0')))).toEqual(['ModelVersionPublished 1.3.0', 'ModelSubscriptionMatched s1 1.3.0']);
  });

  it('end with Unsubscribed', () => {
    const registry = granted();
    registry.events(subscribed('s1'));
    const end = { type: 'Unsubscribed', workspace: 'shop', subscription: 's1', model: MODEL };
    expect(registry.events(end)).toEqual([{ type: 'SubscriptionEnded', subscription: 's1', model: MODEL }]);
    expect(registry.events(end)).toEqual([]);
    expect(brief(registry.events(publish('1.0.0')))).toEqual(['ModelVersionPublished 1.0.0']);
  });

  it('with a demand that nothing can meet are told so and not registered', () => {
    const registry = granted();
    expect(brief(registry.events(subscribed('s1', { range: 'x.y.z.w' })))).toEqual(["ModelSubscriptionConflict s1 'x.y.z.w' is no version range; write an npm range such as '^1.0.0'"]);
    expect(registry.state.subscription.size).toBe(0);
  });
});

describe('many waiters', () => {
  /** Decides the message and whatever it leaves for later; answers the number of events of each commit. */
  function through(registry: ReturnType<typeof world>, message: Parameters<typeof registry.tell>[0], between: () => void = () => undefined): { counts: number[]; said: string[] } {
    const counts: number[] = [];
    const said: string[] = [];
    for (let next: typeof message | undefined = message; next; between()) {
      const decision: Decision = registry.tell(next) as Decision;
      counts.push(decision.events.length);
      said.push(...brief(decision.events));
      next = decision.timers?.find(({ at }) => at !== undefined)?.message;
    }
    return { counts, said };
  }

  function crowd(): ReturnType<typeof world> {
    const registry = granted();
    for (let i = 0; i < 700; i++) registry.given({ type: 'AwaitRegistered', workspace: 'shop', wait: `w${i}`, run: `r${i}`, task: 't', model: MODEL, range: i % 2 ? '^1.0.0' : '^9.0.0' });
    for (let i = 0; i < 700; i++) registry.given({ type: 'SubscriptionRegistered', workspace: 'shop', subscription: `s${i}`, trigger: 'f/t', model: MODEL, range: '^1.0.0' });
    return registry;
  }

  it('are answered over several commits, each once', () => {
    const registry = crowd();
    const { counts, said } = through(registry, publish('1.0.0'));
    expect(counts.reduce((a, b) => a + b)).toBe(1 + 350 + 700);
    expect(Math.max(...counts)).toBeLessThanOrEqual(400);
    expect(new Set(said).size).toBe(said.length);
    expect([registry.state.wait.size, registry.hash()]).toEqual([350, registry.refolded()]);
  });

  it('fit the bytes of a commit when the version is large', () => {
    const { counts } = through(crowd(), publish('1.0.0', { lineage: { params: 'x'.repeat(20_000) } }));
    expect(counts.reduce((a, b) => a + b)).toBe(1 + 350 + 700);
    expect(Math.max(...counts)).toBeLessThanOrEqual(9);
  });

  it('who come and go between two commits are told once or not at all', () => {
    const registry = crowd();
    let i = 0;
    const { said } = through(registry, publish('1.0.0'), () => {
      if (i++ > 0) return;
      registry.events({ type: 'Unsubscribed', workspace: 'shop', subscription: 's99', model: MODEL });
      registry.events({ type: 'AwaitWithdrawn', workspace: 'shop', workflow: 'f', run: 'r99', task: 't', wait: 'w99', model: MODEL });
    });
    expect(said).not.toContain('ModelSubscriptionMatched s99 1.0.0');
    expect(said).not.toContain('ModelAwaitSatisfied w99 1.0.0');
    expect(said).toHaveLength(1 + 349 + 699);
  });

  it('all lose a revoked grant, and no more of them once it is granted again', () => {
    const registry = crowd();
    expect(through(registry, command('ModelGrantRevokeRequested', { grantee: 'shop' })).counts.reduce((a, b) => a + b)).toBe(1 + 700 + 700);
    expect(registry.state.wait.size).toBe(0);
    const again = crowd();
    const { counts } = through(again, command('ModelGrantRevokeRequested', { grantee: 'shop' }), () => void again.events(command('ModelGrantRequested', { grantee: 'shop' })));
    expect(counts).toEqual([300, 0]);
  });
});
