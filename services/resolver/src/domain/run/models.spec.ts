import { describe, expect, it } from '@jest/globals';
import { task, workflow } from '../../testing/definitions.ts';
import { brief, World } from '../../testing/world.ts';

const need = { model: 'vision/classifier', range: '^1.0.0', timeout: 60_000 };
const version = { model: 'vision/classifier', version: '1.1.0', metrics: { top1: 0.9 }, lineage: {} };
const waitOf = (world: World, name: string): string => world.said.find((event) => event.type === 'ModelAwaited' && event.task === name)!.wait as string;
const satisfied = (world: World, name: string, more = {}) =>
  world.tell({ type: 'ModelAwaitSatisfied', workspace: 'vision', wait: waitOf(world, name), run: 'r1', task: name, ...version, ...more });

describe('a task that needs a model', () => {
  it('DP-05 DP-10 waits where the truth lives, pins the version and sees it', () => {
    const world = new World();
    const said = world.start(workflow([task('a', { models: [need], inputs: { v: '${{ models.classifier.version }}' } })]));
    expect(said.slice(2)).toMatchObject([
      { type: 'ModelAwaited', task: 'a', model: 'vision/classifier', range: '^1.0.0', deadline: world.now + 60_000 },
      { type: 'TaskWaiting', on: 'model', detail: 'vision/classifier ^1.0.0' },
    ]);
    expect(satisfied(world, 'a')).toMatchObject([{ type: 'ModelPinned', as: 'classifier', version: '1.1.0' }, { type: 'TaskReady', work: { inputs: { v: '1.1.0' } } }]);
    expect(world.timers.size).toBe(0);
    expect(satisfied(world, 'a')).toEqual([]);
  });

  it('one run uses one version: later tasks take the pin, an answer for a second wait does not change it', () => {
    const world = new World();
    world.start(workflow([task('a', { models: [need] }), task('b', { models: [need], inputs: { v: '${{ models.classifier.version }}' } }), task('c', { needs: ['a'], models: [need] })]));
    satisfied(world, 'a');
    expect(satisfied(world, 'b', { version: '1.2.0' })).toMatchObject([{ type: 'ModelPinned', version: '1.1.0' }, { type: 'TaskReady', work: { inputs: { v: '1.1.0' } } }]);
    expect(brief(world.succeed('a'))).toEqual(['TaskSucceeded a', 'TaskReady c']);
  });

  it('DP-19 fails when no version comes in time, and withdraws its other waits', () => {
    const world = new World();
    world.start(workflow([task('a', { models: [need, { model: 'vision/other', range: '*' }] })]));
    const said = world.pass(60_000);
    expect(brief(said)).toEqual(['AwaitWithdrawn a', 'AwaitWithdrawn a', 'TaskFailed a', 'RunFailed', 'RunLeft']);
    expect(said[2]).toMatchObject({ failure: { code: 'ModelWaitTimedOut' } });
    expect(satisfied(world, 'a')).toEqual([]);
  });

  it('fails when the registry refuses the wait', () => {
    const world = new World();
    world.start(workflow([task('a', { models: [need] })]));
    const said = world.tell({ type: 'ModelAwaitRefused', workspace: 'vision', wait: waitOf(world, 'a'), run: 'r1', task: 'a', model: need.model, reason: 'no grant' });
    expect(said[1]).toMatchObject({ type: 'TaskFailed', failure: { code: 'ModelRefused', message: 'vision/classifier: no grant' } });
  });

  it('asks a condition over the model once it is pinned', () => {
    const world = new World();
    world.start(workflow([task('a', { models: [need], when: 'models.classifier.metrics.top1 > 0.95' })]));
    expect(brief(satisfied(world, 'a'))).toEqual(['ModelPinned a', 'TaskSkipped a', 'RunSucceeded', 'RunLeft']);
  });
});

describe('a task that publishes', () => {
  const publishes = { model: 'shop/ranker', version: '${{ outputs.version }}', metrics: { ndcg: '${{ outputs.ndcg }}' }, artifact: 'm.bin', lineage: { data: '${{ outputs.data }}' } };
  const file = { name: 'm.bin', hash: 'b'.repeat(64), size: 9 };
  const outputs = { version: '1.0.0', ndcg: 0.5, data: 'd1' };
  const begun = (): World => {
    const world = new World();
    world.start(workflow([task('train', { publishes }), task('use', { needs: ['train'] })]));
    return world;
  };

  it('carries its success to the registry and succeeds when the version exists', () => {
    const world = begun();
    const said = world.succeed('train', outputs, { files: [file] });
    expect(brief(said)).toEqual(['OutputsHeld', 'ModelProduced', 'TaskWaiting'].map((type) => `${type} train`));
    expect(said[1]).toEqual({
      type: 'ModelProduced', workspace: 'shop', workflow: 'flow', run: 'r1', task: 'train', attempt: 1, model: 'shop/ranker', version: '1.0.0',
      metrics: { ndcg: 0.5 }, artifact: file, lineage: { data: 'd1', run: 'r1', task: 'train', workflow: 'shop/flow', workflowVersion: 1, params: {}, models: {} },
    });
    const published = { type: 'ModelVersionPublished', workspace: 'shop', run: 'r1', task: 'train', attempt: 1, model: 'shop/ranker', version: '1.0.0', metrics: {}, lineage: {} };
    expect(brief(world.tell(published))).toEqual(['TaskSucceeded train', 'TaskReady use']);
    expect(world.tell(published)).toEqual([]);
  });

  it('fails when the registry refuses the version', () => {
    const world = begun();
    world.succeed('train', outputs, { files: [file] });
    const said = world.tell({ type: 'ModelVersionRefused', workspace: 'shop', run: 'r1', task: 'train', attempt: 1, model: 'shop/ranker', version: '1.0.0', problem: { code: 'VersionTaken', status: 409, detail: 'taken' } });
    expect(said[0]).toMatchObject({ type: 'TaskFailed', failure: { class: 'permanent', code: 'VersionTaken', message: 'shop/ranker 1.0.0: taken' } });
  });

  it('fails when the publication lacks its file or has a wrong shape', () => {
    expect(begun().succeed('train', outputs)[0]).toMatchObject({ type: 'TaskFailed', failure: { code: 'PublicationInvalid', message: "publishes: the task wrote no file 'm.bin' under its artifacts" } });
    expect(begun().succeed('train', { ...outputs, ndcg: 'high' }, { files: [file] })[0]).toMatchObject({ type: 'TaskFailed', failure: { code: 'PublicationInvalid', message: expect.stringContaining('metrics.ndcg') } });
  });
});
