import { describe, expect, it } from '@jest/globals';
import { task, workflow } from '../../testing/definitions.ts';
import { brief, of, World } from '../../testing/world.ts';

const limited = (onConflict: 'queue' | 'skip' | 'replace') => workflow([task('a')], { concurrency: { limit: 1, onConflict } });
const fired = (occasion: string, more = {}) => ({ type: 'TriggerFired', ...of, trigger: 'flow/cron', occasion, kind: 'cron', params: {}, detail: { time: occasion }, ...more });

describe('applying a workflow', () => {
  it('WP-23 numbers versions; the same source and definition again is the same version', () => {
    const world = new World();
    expect(world.apply(workflow([task('a')]))).toMatchObject([{ type: 'WorkflowApplied', version: 1 }, { type: 'TriggersDeclared', version: 1, triggers: [] }]);
    expect(world.apply(workflow([task('a')]))).toMatchObject([{ type: 'WorkflowApplied', version: 1 }]);
    expect(world.apply(workflow([task('b')]))).toMatchObject([{ type: 'WorkflowApplied', version: 2 }, { type: 'TriggersDeclared', version: 2 }]);
    expect(world.scenario.state.version.size).toBe(1);
  });

  it('DP-16 refuses a graph that could never end', () => {
    const world = new World();
    const said = world.apply(workflow([task('a', { needs: ['b'] }), task('b', { needs: ['a'] })]));
    expect(said).toMatchObject([{ type: 'WorkflowRefused', problem: { code: 'InvalidWorkflow', status: 422 } }]);
    expect(world.apply(workflow([task('a', { needs: ['x'] })]))).toMatchObject([{ problem: { detail: "task 'a' needs 'x', which does not exist" } }]);
  });
});

describe('starting a run', () => {
  it('TR-15 checks parameters: types, required, unknown with a hint, defaults', () => {
    const world = new World();
    world.apply(workflow([task('a', { params: { all: '${{ params }}' } })], { params: { size: { required: true, type: 'number' }, mode: { required: false, default: 'fast', type: 'string' } } }));
    const problem = (params: Record<string, never>) => (world.request('c', params)[0] as unknown as { problem: { detail: string } }).problem.detail;
    expect(problem({})).toBe("parameter 'size' is required and has no default");
    expect(problem({ size: '3' } as never)).toBe("parameter 'size' must be of type number, this is string");
    expect(problem({ size: 3, mod: 'x' } as never)).toBe("there is no parameter 'mod'; did you mean 'mode'?");
    world.request('r1', { size: 3 });
    expect(world.open.get('r1/a')!.work.params).toEqual({ all: { size: 3, mode: 'fast' } });
  });

  it('refuses a run of an unknown workflow, and answers the same command once', () => {
    const world = new World();
    expect(world.request('r0')).toMatchObject([{ type: 'RunRefused', command: 'r0', problem: { code: 'WorkflowUnknown', status: 404 } }]);
    world.start(workflow([task('a')]));
    expect(world.request('r1')).toEqual([]);
  });

  it('TR-01 starts exactly one run per trigger and occasion', () => {
    const world = new World();
    world.apply(workflow([task('a', { inputs: { at: '${{ trigger.time }}' } })]));
    const said = world.tell(fired('2027-01-15T08:00:00Z'));
    expect(said[0]).toMatchObject({ type: 'RunAdmitted', cause: { kind: 'cron', by: 'flow/cron', occasion: '2027-01-15T08:00:00Z' } });
    expect([...world.open.values()][0]!.work.inputs).toEqual({ at: '2027-01-15T08:00:00Z' });
    expect(world.tell(fired('2027-01-15T08:00:00Z'))).toEqual([]);
    expect(brief(world.tell(fired('2027-01-15T09:00:00Z')))).toContain('RunStarted');
  });

  it('tells of a trigger with wrong parameters once', () => {
    const world = new World();
    world.apply(workflow([task('a')]));
    expect(world.tell(fired('t1', { params: { x: 1 } }))).toMatchObject([{ type: 'RunRefused', cause: { occasion: 't1' } }]);
    expect(world.tell(fired('t1'))).toEqual([]);
  });
});

describe('concurrency', () => {
  it('queue: the run that waited longest starts when one ends, with the version it was admitted with', () => {
    const world = new World();
    world.start(limited('queue'));
    expect(brief(world.request('r2'))).toEqual(['RunAdmitted']);
    world.request('r3');
    world.apply(workflow([task('b')], { concurrency: { limit: 1, onConflict: 'queue' } }));
    expect(brief(world.succeed('a'))).toEqual(['TaskSucceeded a', 'RunSucceeded', 'RunLeft', 'RunReleased', 'RunStarted', 'TaskReady a']);
    expect(world.scenario.state.version.size).toBe(2);
    world.succeed('a', {}, {}, 'r2');
    world.succeed('a', {}, {}, 'r3');
    expect(world.scenario.state.version.size).toBe(1);
  });

  it('skip: no run, once per occasion', () => {
    const world = new World();
    world.start(limited('skip'));
    expect(world.tell(fired('t1'))).toMatchObject([{ type: 'RunSkipped', reason: "1 run is active, which is the workflow's limit" }]);
    world.succeed('a');
    expect(world.tell(fired('t1'))).toEqual([]);
  });

  it('replace: the newest takes the place of the one that runs, and of the one that waits', () => {
    const world = new World();
    world.start(limited('replace'));
    expect(brief(world.request('r2'))).toEqual(['RunCancelForwarded', 'RunAdmitted', 'RunStopping', 'TaskCancelRequested a']);
    expect(world.request('r3')).toMatchObject([{ type: 'RunLeft', run: 'r2' }, { type: 'RunCancelled', run: 'r2' }, { type: 'RunAdmitted', run: 'r3', queued: true }]);
    const said = world.end('AttemptCancelled', 'a', { reason: 'stopped' });
    expect(brief(said)).toEqual(['TaskCancelled a', 'RunCancelled', 'RunLeft', 'RunReleased', 'RunStarted', 'TaskReady a']);
    expect(said[4]).toMatchObject({ run: 'r3' });
  });

  it('a queued run is cancelled where it queues', () => {
    const world = new World();
    world.start(limited('queue'));
    world.request('r2');
    expect(brief(world.cancel('r2'))).toEqual(['RunCommandAnswered', 'RunLeft', 'RunCancelled']);
    expect(brief(world.succeed('a'))).toEqual(['TaskSucceeded a', 'RunSucceeded', 'RunLeft']);
  });
});
