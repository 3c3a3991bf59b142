import { describe, expect, it } from '@jest/globals';
import { task, workflow } from '../../testing/definitions.ts';
import { brief, World } from '../../testing/world.ts';

describe('retry of a failed run', () => {
  it('FR-13 makes a new run that takes over what succeeded and runs the rest', () => {
    const world = new World();
    world.start(workflow([task('a'), task('b', { needs: ['a'], inputs: { x: '${{ tasks.a.outputs.x }}' } }), task('c', { needs: ['b'] })], { params: { n: { required: true } } }), { n: 1 });
    world.succeed('a', { x: 7 });
    world.fail('b');
    const said = world.retry('r2');
    expect(brief(said)).toEqual(['RunRetryForwarded', 'RunRetryPrepared', 'RunAdmitted', 'RunStarted', 'TaskSucceeded a', 'TaskReady b']);
    expect(said[3]).toMatchObject({ run: 'r2', retryOf: 'r1', params: { n: 1 }, cause: { kind: 'retry', by: 'ada' } });
    expect(said[4]).toMatchObject({ attempt: 0, outputs: { x: 7 } });
    expect(world.open.get('r2/b')!.work.inputs).toEqual({ x: 7 });
    world.succeed('b', {}, {}, 'r2');
    expect(brief(world.succeed('c', {}, {}, 'r2'))).toContain('RunSucceeded');
    expect(world.retry('r2')).toEqual([]);
  });

  it('FR-13 runs only the failed instances of a forEach, and again what rests on them', () => {
    const world = new World();
    world.start(workflow([
      task('fan', { forEach: '3' }),
      task('always', { needs: ['fan'], when: "tasks.fan.state != 'x'" }),
      task('aside'),
    ]));
    world.succeed('aside');
    world.succeed('fan[0]', { n: 0 });
    world.fail('fan[1]');
    world.succeed('fan[2]', { n: 2 });
    world.succeed('always');
    expect(brief(world.retry('r2')).slice(4)).toEqual(['TasksExpanded fan', 'TaskSucceeded aside', 'TaskSucceeded fan[0]', 'TaskReady fan[1]', 'TaskSucceeded fan[2]']);
    expect(brief(world.succeed('fan[1]', {}, {}, 'r2'))).toEqual(['TaskSucceeded fan[1]', 'TaskSucceeded fan', 'TaskReady always']);
  });

  it('is refused for a run that goes on, that succeeded, or that nobody knows', () => {
    const world = new World();
    world.start(workflow([task('a')]));
    expect(world.retry('r2')).toMatchObject([{ problem: { code: 'RunNotFinished' } }]);
    world.succeed('a');
    expect(world.retry('r3')).toMatchObject([{ problem: { code: 'RunSucceededAlready' } }]);
    expect(world.retry('r4', 'r9')).toMatchObject([{ problem: { code: 'RunUnknown', status: 404 } }]);
  });
});
