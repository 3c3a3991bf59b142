import { CPU_OF_NODE, expect, expectOnce, NODES, processTask, task } from './world.mjs';
import { until } from '../waiting.mjs';

/** Stories of work that goes on while who decides about it is away. */
export const attempts = {
  async 'resolver killed in the middle of a fan-out of 500: every task runs once'(world) {
    const scene = await world.scene('fan-out');
    await scene.apply('wide', ['tasks:', `  ${task('part', 'quick', 'forEach: 500')}`, '  - { name: join, needs: [part] }']);
    const run = await scene.start('wide');
    await scene.until('succeeded', 50);
    await world.system.restart('resolver');
    const { status } = await scene.ended(run);
    expect(status === 'succeeded', `the run ${status}`);
    expectOnce(scene, 500);
  },

  async 'PostgreSQL killed in the middle of a fan-out of 500: every task runs once'(world) {
    const scene = await world.scene('fan-out-database');
    await scene.apply('wide', ['tasks:', `  ${task('part', 'quick', 'forEach: 500')}`, '  - { name: join, needs: [part] }']);
    const run = await scene.start('wide');
    await scene.until('succeeded', 50);
    await world.system.killPostgres();
    await world.system.startPostgres();
    const { status } = await scene.ended(run);
    expect(status === 'succeeded', `the run ${status}`);
    expectOnce(scene, 500);
  },

  async 'executor killed while 50 tasks run: their results come from the agents\' spools, none runs twice'(world) {
    const scene = await world.scene('spool');
    await scene.apply('many', ['tasks:', `  ${processTask('part', 'forEach: 50, resources: { cpu: 0.5 }')}`]);
    const run = await scene.start('many');
    await scene.until('began', 50);
    await world.system.kill('executor');
    scene.openGate();
    await scene.until('succeeded', 50);
    await world.system.startService('executor');
    const { status } = await scene.ended(run);
    expect(status === 'succeeded', `the run ${status}`);
    expectOnce(scene, 50);
  },

  async 'scheduler killed with a full queue: nothing is lost, never over capacity'(world) {
    const scene = await world.scene('queue');
    const capacity = (NODES.length * CPU_OF_NODE) / 16;
    await scene.apply('heavy', ['tasks:', `  ${processTask('part', 'forEach: 30, resources: { cpu: 16 }')}`]);
    const run = await scene.start('heavy');
    await scene.until('began', capacity);
    await world.system.restart('scheduler');
    expect(scene.count('began') === capacity, `${scene.count('began')} began, ${capacity} fit`);
    scene.openGate();
    const { status } = await scene.ended(run);
    expect(status === 'succeeded', `the run ${status}`);
    expectOnce(scene, 30);
    let running = 0;
    for (const { what } of scene.done) {
      running += what === 'began' ? 1 : -1;
      expect(running <= capacity, `${running} ran at once, ${capacity} fit`);
    }
  },

  async 'a node lost while a task runs, executor and fleet killed meanwhile: the attempt is lost and runs elsewhere'(world) {
    const scene = await world.scene('lost-node');
    await scene.apply('long', ['tasks:', `  ${task('only', 'gated', 'retry: { limit: 3, backoff: { initial: 100ms } }')}`]);
    const run = await scene.start('long');
    const { tasks: [first] } = await world.api.runWhen(scene.workspace, run, ({ tasks }) => scene.count('began') > 0 && tasks[0]?.node, 'a placed task');
    await world.system.kill(`agent ${first.node}`);
    await world.system.restart('executor');
    await world.system.restart('fleet');
    await scene.until('began', 2);
    scene.openGate();
    const ended = await scene.ended(run);
    world.system.startAgent(first.node);
    expect(ended.status === 'succeeded' && ended.tasks[0].node !== first.node, `the run ${ended.status} on ${ended.tasks[0].node}, first on ${first.node}`);
    expect(scene.count('succeeded') === 1, `${scene.count('succeeded')} successes`);
  },

  async 'fleet killed: the nodes are still there, and take work'(world) {
    const scene = await world.scene('fleet-away');
    await scene.apply('short', ['tasks:', `  ${task('only', 'quick')}`]);
    const before = await until(async () => {
      const nodes = await world.api.items('/nodes');
      return nodes.length === NODES.length && nodes.every(({ status }) => status === nodes[0].status) && nodes;
    }, 'both nodes');
    await world.system.kill('fleet');
    expect((await scene.ended(await scene.start('short'))).status === 'succeeded', 'no run while the fleet is away');
    await world.system.startService('fleet');
    expect((await scene.ended(await scene.start('short'))).status === 'succeeded', 'no run after the fleet came back');
    const after = await world.api.items('/nodes');
    expect(JSON.stringify(after.map(({ name, status }) => [name, status])) === JSON.stringify(before.map(({ name, status }) => [name, status])), `nodes were ${JSON.stringify(before)}, are ${JSON.stringify(after)}`);
  },
};
