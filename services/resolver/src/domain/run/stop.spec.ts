import { describe, expect, it } from '@jest/globals';
import { chain, task, workflow } from '../../testing/definitions.ts';
import { brief, of, World } from '../../testing/world.ts';

describe('cancel', () => {
  it('asks running attempts to stop, ends all else at once, and the run when the last attempt has ended', () => {
    const world = new World();
    world.start(workflow([task('a'), task('b'), task('c', { needs: ['a'] })]));
    expect(brief(world.cancel())).toEqual(['RunCancelForwarded', 'RunCommandAnswered', 'RunStopping', 'TaskCancelRequested a', 'TaskCancelRequested b', 'TaskCancelled c']);
    expect(brief(world.end('AttemptCancelled', 'a', { reason: 'stopped' }))).toEqual(['TaskCancelled a']);
    expect(brief(world.end('TaskDequeued', 'b', { reason: 'cancelled' }))).toEqual(['TaskCancelled b', 'RunCancelled', 'RunLeft']);
  });

  it('is a wish: an attempt that ended first keeps its ending', () => {
    const world = new World();
    world.start(workflow([task('a'), task('b', { needs: ['a'] })]));
    world.cancel();
    expect(brief(world.succeed('a'))).toEqual(['TaskSucceeded a', 'RunCancelled', 'RunLeft']);
    const alone = new World();
    alone.start(workflow([task('a')]));
    alone.cancel();
    expect(brief(alone.succeed('a'))).toEqual(['TaskSucceeded a', 'RunSucceeded', 'RunLeft']);
  });

  it('withdraws waits and takes back timers', () => {
    const world = new World();
    const retry = { limit: 1, on: ['transient' as const], backoff: { initial: 1_000, factor: 1, max: 1_000, jitter: 0 } };
    world.start(workflow([task('a', { models: [{ model: 'v/m', range: '*', timeout: 5_000 }] }), task('b', { retry })]));
    world.fail('b', 'transient');
    expect(brief(world.cancel()).slice(3)).toEqual(['AwaitWithdrawn a', 'TaskCancelled a', 'TaskCancelled b', 'RunCancelled', 'RunLeft']);
    expect([...world.timers.keys()].sort()).toEqual(['admission/r1', 'tombstone/r1']);
  });

  it('of a finished run is refused, of an unknown one too, of a repeated one answered', () => {
    const world = new World();
    world.start(workflow([task('a')]));
    world.cancel();
    expect(brief(world.cancel())).toEqual(['RunCancelForwarded', 'RunCommandAnswered']);
    world.end('AttemptCancelled', 'a', { reason: 'stopped' });
    expect(world.cancel()).toMatchObject([{ type: 'RunCommandRefused', problem: { code: 'RunAlreadyFinished', status: 409 } }]);
    expect(world.cancel('r9')).toMatchObject([{ type: 'RunCommandRefused', problem: { code: 'RunUnknown', status: 404 } }]);
  });

  it('cancels 2,000 instances in commits of bounded size, each attempt asked once', () => {
    const world = new World();
    world.start(workflow([task('fan', { forEach: '2000', maxParallel: 1_500 }), task('join', { needs: ['fan'] })]));
    world.cancel();
    expect(world.largest).toBeLessThanOrEqual(405);
    const asked = world.said.filter((event) => event.type === 'TaskCancelRequested').map((event) => event.task);
    expect([asked.length, new Set(asked).size]).toEqual([1_500, 1_500]);
    for (const { task: name } of [...world.open.values()]) world.end('AttemptCancelled', name, { reason: 'stopped' });
    expect(brief(world.said)).toEqual(expect.arrayContaining(['TaskCancelled fan', 'RunCancelled']));
    const { state } = world.scenario;
    expect([state.plan.size, state.task.size, state.group.size]).toEqual([0, 0, 0]);
  });
});

describe('cancel while instances are still being readied', () => {
  it('readies no further one, and the outstanding Continue changes nothing', () => {
    const world = new World();
    world.apply(workflow([task('fan', { forEach: '2000' })]));
    const [admitted] = world.step({ type: 'RunRequested', command: 'r1', actor: { key: 'k', name: 'ada' }, ...of, params: {} });
    const [outstanding] = world.step(admitted!);
    expect(outstanding).toMatchObject({ type: 'RunContinued', from: '1' });
    const begun = world.open.size;
    world.cancel();
    expect(world.tell(outstanding!)).toEqual([]);
    expect(world.open.size).toBe(begun);
    const said = [...world.open.values()].flatMap(({ task: name }) => world.end('AttemptCancelled', name, { reason: 'stopped' }));
    expect(brief(said)).toEqual([...said.slice(0, begun).map(({ task: name }) => `TaskCancelled ${name as string}`), 'TaskCancelled fan', 'RunCancelled', 'RunContinued', 'RunLeft']);
  });
});

describe('run timeout', () => {
  it('stops the run and says that its time is over', () => {
    const world = new World();
    world.start(workflow(chain(2), { timeout: 60_000 }));
    expect(brief(world.pass(60_000))).toEqual(['RunStopping', 'TaskCancelRequested t0', 'TaskCancelled t1']);
    const said = world.end('AttemptCancelled', 't0', { reason: 'stopped' });
    expect(said[1]).toMatchObject({ type: 'RunFailed', timedOut: true, reason: 'the run took longer than 60000 ms' });
  });

  it('takes its timer back when the run ends in time', () => {
    const world = new World();
    world.start(workflow([task('a')], { timeout: 60_000 }));
    world.succeed('a');
    expect(world.timers.has('deadline/r1')).toBe(false);
  });
});
