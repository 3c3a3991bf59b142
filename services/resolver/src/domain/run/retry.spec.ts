import { describe, expect, it } from '@jest/globals';
import { task, workflow } from '../../testing/definitions.ts';
import { brief, World } from '../../testing/world.ts';
import { retryDelay } from './retry.ts';

const backoff = { initial: 1_000, factor: 2, max: 5_000, jitter: 0 };
const flaky = task('a', { retry: { limit: 2, on: ['transient'], backoff } });

describe('retry', () => {
  it('FR-09 FR-11 gives further attempts after a growing delay, at most as many as the policy says', () => {
    const world = new World();
    world.start(workflow([flaky]));
    expect(world.fail('a', 'transient')).toMatchObject([{ type: 'TaskRetryScheduled', attempt: 1, at: world.now + 1_000 }]);
    expect(brief(world.pass(999))).toEqual([]);
    expect(world.pass(1)).toMatchObject([{ type: 'TaskReady', task: 'a', attempt: 2 }]);
    expect(world.fail('a', 'transient')).toMatchObject([{ type: 'TaskRetryScheduled', attempt: 2, at: world.now + 2_000 }]);
    world.pass(2_000);
    expect(brief(world.fail('a', 'transient'))).toEqual(['TaskFailed a', 'RunFailed', 'RunLeft']);
  });

  it('FR-12 retries only the classes that the policy names', () => {
    const world = new World();
    world.start(workflow([flaky]));
    expect(brief(world.fail('a', 'data'))).toEqual(['TaskFailed a', 'RunFailed', 'RunLeft']);
  });

  it('FR-01 a lost attempt counts as transient, and its late result no longer counts', () => {
    const world = new World();
    world.start(workflow([flaky]));
    const late = world.ending('AttemptSucceeded', 'a', { outputs: {} });
    expect(world.end('AttemptLost', 'a', { reason: 'no beat for 15 s' })).toMatchObject([{ type: 'TaskRetryScheduled', failure: { class: 'transient', code: 'AttemptLost' } }]);
    expect(world.tell(late)).toEqual([]);
    world.pass(1_000);
    expect(world.tell(late)).toEqual([]);
    expect(brief(world.succeed('a'))).toContain('RunSucceeded');
  });

  it('FR-01 a task that says nothing of retries outlives three lost machines, and no failure of its own; retry 0 outlives none', () => {
    const world = new World();
    world.start(workflow([task('a')]));
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(world.end('AttemptLost', 'a', { reason: 'no beat for 15 s' })).toMatchObject([{ type: 'TaskRetryScheduled', attempt }]);
      world.pass(60_000);
    }
    expect(brief(world.end('AttemptLost', 'a', { reason: 'no beat for 15 s' }))).toEqual(['TaskFailed a', 'RunFailed', 'RunLeft']);
    const failing = new World();
    failing.start(workflow([task('a')]));
    expect(brief(failing.fail('a', 'transient'))).toEqual(['TaskFailed a', 'RunFailed', 'RunLeft']);
    const once = new World();
    once.start(workflow([task('a', { retry: { limit: 0, on: ['transient'], backoff } })]));
    expect(brief(once.end('AttemptLost', 'a', { reason: 'no beat for 15 s' }))).toEqual(['TaskFailed a', 'RunFailed', 'RunLeft']);
  });

  it('FR-11 jitter is the same on every replay and differs between tasks', () => {
    const jittered = task('a', { retry: { limit: 5, on: ['transient'], backoff: { ...backoff, jitter: 0.5 } } });
    const delays = ['x', 'y', 'z'].map((name) => retryDelay(jittered, 'r1', name, 3));
    expect(delays).toEqual(['x', 'y', 'z'].map((name) => retryDelay(jittered, 'r1', name, 3)));
    expect(new Set(delays).size).toBe(3);
    for (const delay of delays) expect(delay >= 2_000 && delay <= 4_000).toBe(true);
  });
});
