import { describe, expect, it } from '@jest/globals';
import { brief, World } from '../../testing/world.ts';
import { chain, task, workflow } from '../../testing/definitions.ts';

describe('the order of tasks', () => {
  it('DP-01 readies B when A has succeeded, and ends the run with the last task', () => {
    const world = new World();
    expect(brief(world.start(workflow(chain(2))))).toEqual(['RunAdmitted', 'RunStarted', 'TaskReady t0']);
    expect(brief(world.succeed('t0'))).toEqual(['TaskSucceeded t0', 'TaskReady t1']);
    expect(brief(world.succeed('t1'))).toEqual(['TaskSucceeded t1', 'RunSucceeded', 'RunLeft']);
  });

  it('DP-02 WP-06 readies independent tasks together and the join when all have ended', () => {
    const world = new World();
    world.start(workflow([task('a'), task('b'), task('c'), task('join', { needs: ['a', 'b', 'c'] })]));
    expect([...world.open.keys()]).toEqual(['r1/a', 'r1/b', 'r1/c']);
    expect(brief(world.succeed('b'))).toEqual(['TaskSucceeded b']);
    expect(brief(world.succeed('a'))).toEqual(['TaskSucceeded a']);
    expect(brief(world.succeed('c'))).toEqual(['TaskSucceeded c', 'TaskReady join']);
  });

  it('DP-06 fills params and inputs from outputs, parameters and run', () => {
    const world = new World();
    const definition = workflow(
      [task('a'), task('b', { needs: ['a'], params: { n: '${{ params.n }}' }, inputs: { rows: '${{ tasks.a.outputs.rows }}', note: 'from ${{ run.id }}' } })],
      { params: { n: { required: true, type: 'number' } }, outputs: { total: '${{ tasks.b.outputs.total + params.n }}' } },
    );
    world.start(definition, { n: 3 });
    const [, ready] = world.succeed('a', { rows: [1, 2] });
    expect(ready).toEqual({
      type: 'TaskReady', workspace: 'shop', workflow: 'flow', run: 'r1', task: 'b', attempt: 1, pool: 'default', priority: 50,
      resources: { cpu: 0.05, memory: 0, gpu: 0 },
      work: { kind: 'function', uses: './tasks.mjs#b', params: { n: 3 }, inputs: { rows: [1, 2], note: 'from r1' }, grace: 10_000 },
    });
    const ended = world.succeed('b', { total: 4 }).find((event) => event.type === 'RunSucceeded');
    expect(ended).toMatchObject({ run: 'r1', outputs: { total: 7 } });
  });

  it('fails a task whose template cannot be filled, and one whose work is over 64 KiB', () => {
    const world = new World();
    world.start(workflow([task('a'), task('b', { needs: ['a'], inputs: { x: '${{ tasks.a.outputs.missing }}' } }), task('c', { needs: ['a'], inputs: { x: '${{ tasks.a.outputs.big }}' } })]));
    const said = world.succeed('a', { big: 'é'.repeat(40_000) });
    expect(said.filter((event) => event.type === 'TaskFailed')).toMatchObject([
      { task: 'b', failure: { class: 'data', code: 'TemplateFailed', message: "inputs.x: in 'tasks.a.outputs.missing': there is no field 'missing'" } },
      { task: 'c', failure: { class: 'data', code: 'PayloadTooLarge' } },
    ]);
    expect(said.at(-2)).toMatchObject({ type: 'RunFailed', failedTask: 'b' });
  });

  it('runs a task without work itself, and a workflow without tasks at once', () => {
    const world = new World();
    expect(brief(world.start(workflow([task('a', { kind: 'none' }), task('b', { needs: ['a'], kind: 'none' })])))).toEqual([
      'RunAdmitted', 'RunStarted', 'TaskSucceeded a', 'TaskSucceeded b', 'RunSucceeded', 'RunLeft',
    ]);
    const empty = new World();
    expect(brief(empty.start(workflow([])))).toEqual(['RunAdmitted', 'RunStarted', 'RunSucceeded', 'RunLeft']);
  });

  it('WP-16 checks declared outputs and makes a file name the file', () => {
    const world = new World();
    world.start(workflow([task('a', { outputs: { model: 'file', n: 'number' } }), task('b', { outputs: { n: 'number' } })]));
    const file = { name: 'm.bin', hash: 'a'.repeat(64), size: 3 };
    expect(world.succeed('a', { model: 'm.bin', n: 1 }, { files: [file] })[0]).toMatchObject({ type: 'TaskSucceeded', outputs: { model: file, n: 1 } });
    expect(world.succeed('b', { n: 'one' })[0]).toMatchObject({ type: 'TaskFailed', failure: { class: 'data', message: "output 'n' is declared as number, the task gave string" } });
  });

  it('fails a run whose outputs are over 64 KiB or cannot be filled', () => {
    const world = new World();
    world.start(workflow([task('a')], { outputs: { x: '${{ tasks.a.outputs.x }}' } }));
    world.request('r2');
    expect(world.succeed('a', { x: 'y'.repeat(70_000) })[1]).toMatchObject({ type: 'RunFailed', reason: 'outputs: 70008 bytes, a run may have 65536; publish a file instead' });
    expect(world.succeed('a', {}, {}, 'r2')[1]).toMatchObject({ type: 'RunFailed', reason: "outputs: in 'tasks.a.outputs.x': there is no field 'x'" });
  });

  it('a finished run leaves only its tombstone, for 7 days', () => {
    const world = new World();
    world.start(workflow(chain(3)));
    for (const name of ['t0', 't1', 't2']) world.succeed(name);
    const { state } = world.scenario;
    expect([state.run.size, state.plan.size, state.task.size, state.tombstone.size]).toEqual([0, 0, 0, 1]);
    world.pass(7 * 86_400_000);
    expect([state.tombstone.size, state.admission.size, world.timers.size]).toEqual([0, 0, 0]);
  });
});
