import { describe, expect, it } from '@jest/globals';
import { task, workflow } from '../../testing/definitions.ts';
import { brief, World } from '../../testing/world.ts';

const fan = (forEach: string, more = {}) => workflow([task('fan', { forEach, ...more }), task('join', { needs: ['fan'], inputs: { all: '${{ tasks.fan.outputs.n }}' } })]);

describe('forEach', () => {
  it('WP-07 makes an instance for each item, joins their outputs in order of index', () => {
    const world = new World();
    const said = world.start(fan('[10, 20, 30]', { inputs: { item: '${{ item }}', index: '${{ index }}' } }));
    expect(brief(said).slice(2)).toEqual(['TasksExpanded fan', 'TaskReady fan[0]', 'TaskReady fan[1]', 'TaskReady fan[2]']);
    expect(world.open.get('r1/fan[2]')!.work.inputs).toEqual({ item: 30, index: 2 });
    world.succeed('fan[2]', { n: 3 });
    world.succeed('fan[0]', { n: 1 });
    expect(brief(world.succeed('fan[1]', { n: 2 }))).toEqual(['TaskSucceeded fan[1]', 'TaskSucceeded fan', 'TaskReady join']);
    expect(world.open.get('r1/join')!.work.inputs).toEqual({ all: [1, 2, 3] });
  });

  it('readies at most maxParallel at once', () => {
    const world = new World();
    world.start(fan('5', { maxParallel: 2 }));
    expect([...world.open.keys()]).toEqual(['r1/fan[0]', 'r1/fan[1]']);
    expect(brief(world.succeed('fan[1]'))).toEqual(['TaskSucceeded fan[1]', 'TaskReady fan[2]']);
  });

  it('lets the other instances go on when one fails, then fails as a whole', () => {
    const world = new World();
    world.start(fan('2'));
    expect(brief(world.fail('fan[0]'))).toEqual(['TaskFailed fan[0]']);
    const said = world.succeed('fan[1]', { n: 1 });
    expect(brief(said)).toEqual(['TaskSucceeded fan[1]', 'TaskFailed fan', 'TaskSkipped join', 'RunFailed', 'RunLeft']);
    expect(said[1]).toMatchObject({ failure: { class: 'permanent', code: 'InstancesFailed', message: '1 of 2 instances failed, first fan[0]: broken' } });
  });

  it('over nothing succeeds at once; over anything else fails', () => {
    const world = new World();
    expect(brief(world.start(fan('0'))).slice(2, 4)).toEqual(['TasksExpanded fan', 'TaskSucceeded fan']);
    const wrong = new World();
    expect(wrong.start(fan("'x'"))[2]).toMatchObject({ type: 'TaskFailed', failure: { code: 'ForEachFailed' } });
  });

  it('WP-07 readies 2,000 instances and clears them away in commits of bounded size', () => {
    const world = new World();
    const said = world.start(fan('2000'));
    const ready = said.filter((event) => event.type === 'TaskReady').map((event) => event.task);
    expect(ready).toEqual(Array.from({ length: 2_000 }, (_, i) => `fan[${i}]`));
    for (const name of ready) world.succeed(name as string, { n: 1 });
    world.succeed('join');
    expect(world.said.filter((event) => event.type === 'RunSucceeded')).toHaveLength(1);
    expect(world.largest).toBeLessThanOrEqual(405);
    const { state } = world.scenario;
    expect([state.run.size, state.plan.size, state.task.size, state.group.size]).toEqual([0, 0, 0, 0]);
    expect(world.scenario.hash()).toBe(world.scenario.refolded());
  });
});
