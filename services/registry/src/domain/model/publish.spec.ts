import { describe, expect, it } from '@jest/globals';
import { addressesOf, messages } from '@novacron/contracts';
import { awaited, brief, granted, MODEL, produced, publish, SCHEMA, subscribed, world } from './examples.ts';

describe('publishing', () => {
  it('MR-01 MR-02 TR-10 a produced version answers its task, its waiters and its subscribers in one decision', () => {
    const registry = granted();
    registry.events(awaited('w1'));
    registry.events(subscribed('s1'));
    const events = registry.events(produced('1.0.0'));
    expect(events).toEqual([
      {
        type: 'ModelVersionPublished', workspace: 'vision', run: 'r1', task: 'publish', attempt: 1, model: MODEL, version: '1.0.0', metrics: { top1: 0.9 }, schema: SCHEMA,
        lineage: { run: 'r1', task: 'publish', workflow: 'vision/train', params: {} },
      },
      expect.objectContaining({ type: 'ModelAwaitSatisfied', workspace: 'shop', wait: 'w1', run: 's1', task: 'vision', model: MODEL, version: '1.0.0' }),
      expect.objectContaining({ type: 'ModelSubscriptionMatched', workspace: 'shop', subscription: 's1', trigger: 'recommend/new-classifier', model: MODEL, version: '1.0.0' }),
    ]);
    expect(events.map(addressesOf)).toEqual([
      [{ service: 'resolver', key: 'r1' }, { service: 'notifier', key: 'vision' }],
      [{ service: 'resolver', key: 's1' }],
      [{ service: 'triggers', key: 'shop' }, { service: 'notifier', key: 'shop' }],
    ]);
    for (const event of events) messages.get(event.type)!.schema.parse(event);
  });

  it('M1 answers one version per (run, task), also to a later attempt with another number', () => {
    const registry = world();
    registry.events(produced('1.0.0'));
    expect(registry.events(produced('1.0.0'))).toEqual([]);
    expect(registry.events(produced('1.0.1', { attempt: 2 }))).toMatchObject([{ type: 'ModelVersionPublished', version: '1.0.0', run: 'r1', task: 'publish', attempt: 2 }]);
    expect(registry.events(produced('1.0.1', { attempt: 2 }))).toEqual([]);
    expect(registry.state.version.size).toBe(1);
  });

  it('M1 refuses a number that is taken with other content, and answers the same content with what exists', () => {
    const registry = world();
    registry.events(publish('1.0.0', { command: 'first' }));
    expect(brief(registry.events(produced('1.0.0')))).toEqual(['ModelVersionRefused 1.0.0 VersionTaken']);
    expect(brief(registry.events(publish('1.0.0', { metrics: { top1: 0.8 } })))).toEqual(['ModelVersionRefused 1.0.0 VersionTaken']);
    expect(registry.events(publish('1.0.0', { command: 'second' }))).toMatchObject([{ type: 'ModelVersionPublished', command: 'second', version: '1.0.0' }]);
    expect(registry.events(publish('1.0.0', { command: 'second' }))).toEqual([]);
  });

  it.each([
    ['not semver', publish('1.0'), 'VersionInvalid', "'1.0' is no version; write semver such as '1.2.0'"],
    ['a leading v', publish('v1.0.0'), 'VersionInvalid', "'v1.0.0' must be written '1.0.0': without a leading v and without build metadata"],
    ['build metadata', publish('1.0.0+b1'), 'VersionInvalid', "'1.0.0+b1' must be written '1.0.0': without a leading v and without build metadata"],
    ['an endless number', publish('1'.repeat(300)), 'VersionInvalid', `'${'1'.repeat(40)}' is no version; write semver such as '1.2.0'`],
    ['another team', publish('1.0.0', { workspace: 'shop' }), 'ModelNotOwned', 'only workspace vision publishes vision/classifier; this came from shop'],
    ["another team's run", produced('1.0.0', { workspace: 'shop' }), 'ModelNotOwned', 'only workspace vision publishes vision/classifier; this came from shop'],
    ['no output', publish('1.0.0', { schema: { input: { a: 'x' }, output: {} } }), 'SchemaIncomplete', 'the schema names no output field; give {input: {field: type}, output: {field: type}} or no schema'],
    ['an untyped field', publish('1.0.0', { schema: { input: { a: '' }, output: { b: 'x' } } }), 'SchemaIncomplete', "the input field 'a' of the schema has no type"],
    ['MR-02 a foreign lineage', produced('1.0.0', { run: 'r9' }), 'LineageIncomplete', 'the lineage does not name run r9 and task publish'],
    ['MR-02 a lineage without parameters', produced('1.0.0', { lineage: { run: 'r1', task: 'publish', workflow: 'vision/train' } }), 'LineageIncomplete', 'the lineage does not name the params of its run'],
  ])('refuses %s', (_, message, code, detail) => {
    const [event, ...rest] = world().events(message);
    expect(event).toMatchObject({ type: 'ModelVersionRefused', problem: { code, detail } });
    expect(rest).toEqual([]);
    messages.get('ModelVersionRefused')!.schema.parse(event);
  });
});
