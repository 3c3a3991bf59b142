import { describe, expect, it } from '@jest/globals';
import { task, workflow } from '../../testing/definitions.ts';
import { brief, World } from '../../testing/world.ts';

describe('when', () => {
  it('DP-03 takes the true path on a result and skips the false path and what needs it', () => {
    const world = new World();
    world.start(workflow([
      task('train'),
      task('tune', { needs: ['train'], when: 'tasks.train.outputs.accuracy > 0.85' }),
      task('search', { needs: ['train'], when: '!(tasks.train.outputs.accuracy > 0.85)' }),
      task('report', { needs: ['search'] }),
    ]));
    const said = world.succeed('train', { accuracy: 0.9 });
    expect(brief(said)).toEqual(['TaskSucceeded train', 'TaskReady tune', 'TaskSkipped search', 'TaskSkipped report']);
    expect(said[2]).toMatchObject({ reason: 'its condition is false: !(tasks.train.outputs.accuracy > 0.85)' });
    expect(said[3]).toMatchObject({ reason: 'needs search, which was skipped' });
    expect(brief(world.succeed('tune'))).toContain('RunSucceeded');
  });

  it('WP-08 a condition on the state of a need decides over a skip', () => {
    const world = new World();
    world.start(workflow([
      task('a', { when: 'false' }), task('b'),
      task('join', { needs: ['a', 'b'], when: "tasks.a.state in ['succeeded', 'skipped']" }),
    ]));
    expect(brief(world.succeed('b'))).toEqual(['TaskSucceeded b', 'TaskReady join']);
  });

  it('a need whose state the condition does not name must still succeed', () => {
    const world = new World();
    world.start(workflow([task('a', { when: 'false' }), task('b'), task('join', { needs: ['a', 'b'], when: "tasks.a.state == 'skipped'" })]));
    expect(brief(world.fail('b'))).toEqual(['TaskFailed b', 'TaskSkipped join', 'RunFailed', 'RunLeft']);
  });

  it('FR-07 a failed need may start an alternative path; the run still says that it failed', () => {
    const world = new World();
    world.start(workflow([task('a'), task('cached', { needs: ['a'], when: "tasks.a.state == 'failed'" })]));
    expect(brief(world.fail('a'))).toEqual(['TaskFailed a', 'TaskReady cached']);
    expect(brief(world.succeed('cached'))).toEqual(['TaskSucceeded cached', 'RunFailed', 'RunLeft']);
  });

  it('a condition that cannot be asked fails the task loudly', () => {
    const world = new World();
    world.start(workflow([task('a'), task('b', { needs: ['a'], when: 'tasks.a.outputs.missing > 1' })]));
    expect(world.succeed('a')[1]).toMatchObject({ type: 'TaskFailed', task: 'b', attempt: 0, failure: { class: 'permanent', code: 'ConditionFailed', message: expect.stringContaining('missing') } });
  });
});

describe('failure policy', () => {
  it('WP-05 skips what depends on a failed task; WP-06 independent branches go on to their end', () => {
    const world = new World();
    world.start(workflow([task('a'), task('a2', { needs: ['a'] }), task('b'), task('b2', { needs: ['b'] })]));
    expect(brief(world.fail('a'))).toEqual(['TaskFailed a', 'TaskSkipped a2']);
    expect(brief(world.succeed('b'))).toEqual(['TaskSucceeded b', 'TaskReady b2']);
    const said = world.succeed('b2');
    expect(brief(said)).toEqual(['TaskSucceeded b2', 'RunFailed', 'RunLeft']);
    expect(said[1]).toMatchObject({ reason: 'a: broken', failedTask: 'a' });
  });
});
