import { randomUUID } from 'node:crypto';
import { expect, task } from './world.mjs';
import { until } from '../waiting.mjs';

const EVERY_MS = 2_000;

/** Stories of starts and messages: each happens once, whoever was away. */
export const occasions = {
  async 'nominal times that passed while triggers was down fire as catch-up says'(world) {
    const scene = await world.scene('clock');
    const tasks = ['tasks:', `  ${task('only', 'quick')}`];
    await scene.apply('tick', ['triggers:', ...['all', 'latest'].map((catchup) => `  - { name: ${catchup}, interval: { every: ${EVERY_MS / 1000}s, catchup: ${catchup} } }`), ...tasks]);
    const timesOf = async (trigger) => (await world.api.items(`/${scene.workspace}/runs?limit=200`)).filter(({ cause }) => cause.by?.endsWith(trigger)).map(({ cause }) => Date.parse(cause.occasion)).sort((a, b) => a - b);
    await until(async () => (await timesOf('latest')).length >= 1 && (await timesOf('all')).length >= 1, 'a first firing');
    await world.system.killAll('triggers');
    const missed = Date.now();
    await until(() => Date.now() > missed + 4.5 * EVERY_MS, 'nominal times to pass');
    await world.system.startAll('triggers');
    const back = Date.now();
    await until(async () => (await timesOf('all')).some((time) => time > back) && (await timesOf('latest')).some((time) => time > back), 'a firing after the outage');
    // A trigger that its workflow declares goes with the declaration; what fired on would write into the stories after this one.
    await scene.apply('tick', tasks);
    const [all, latest] = [await timesOf('all'), await timesOf('latest')];
    expect(new Set(all).size === all.length && new Set(latest).size === latest.length, `a time fired twice: ${all} | ${latest}`);
    expect(all.every((time, n) => n === 0 || time - all[n - 1] === EVERY_MS), `"all" left a time out: ${all}`);
    const gaps = latest.filter((time, n) => n > 0 && time - latest[n - 1] > EVERY_MS);
    expect(gaps.length === 1 && gaps[0] > missed, `"latest" must skip once, to the newest time: ${latest}`);
  },

  async 'published while the registry is down: the consumer\'s run fires exactly once'(world) {
    const [maker, user] = [await world.scene('maker'), await world.scene('user')];
    await maker.apply('make', ['tasks:', `  ${task('only', 'gated', 'publishes: { model: maker/thing, version: 1.1.0, metrics: { top1: 0.9 } }')}`]);
    await world.api.post('/maker/models/thing/versions', { version: '1.0.0', metrics: { top1: 0.8 } });
    await world.api.post('/maker/models/thing/grants', { grantee: 'user' });
    await user.apply('use', ['triggers:', '  - { name: new, model: maker/thing, range: "^1.0.0" }', 'tasks:', `  ${task('only', 'quick')}`]);
    const run = await maker.start('make');
    await maker.until('began', 1);
    await world.system.killAll('registry');
    maker.openGate();
    await maker.until('succeeded', 1);
    await world.system.startAll('registry');
    const made = await maker.ended(run);
    expect(made.status === 'succeeded', `the maker's run ${made.status}: ${made.reason} ${made.tasks[0].failure?.message}`);
    await user.until('succeeded', 1);
    await world.system.restart('registry');
    await world.system.restart('triggers');
    const fired = (await world.api.items('/user/runs')).filter(({ cause }) => cause.kind === 'model');
    expect(fired.length === 1 && user.count('began') === 1, `${fired.length} runs fired, ${user.count('began')} ran`);
  },

  async 'gateway killed between request and answer: ten posts with one key are one run'(world) {
    const scene = await world.scene('one-key');
    await scene.apply('once', ['tasks:', `  ${task('only', 'quick')}`]);
    for (const patience of [0, 5, 20, 60]) {
      const key = randomUUID();
      const posts = Array.from({ length: 10 }, () => scene.start('once', key).catch(() => undefined));
      await new Promise((resolve) => setTimeout(resolve, patience));
      await world.system.restart('gateway');
      const answers = (await Promise.all(posts)).filter((run) => run !== undefined);
      const run = await until(() => scene.start('once', key).catch(() => undefined), 'an answer under the same key');
      expect((await scene.ended(run)).status === 'succeeded', 'the run failed');
      expect(answers.every((answer) => answer === run), `answers name other runs: ${answers}, ${run}`);
    }
    const runs = await world.api.items(`/${scene.workspace}/runs`);
    expect(runs.length === 4 && scene.count('began') === 4, `${runs.length} runs of 4 keys, ${scene.count('began')} ran`);
  },

  async 'receiver down, notifier killed meanwhile: delivered once when it is back'(world) {
    const { receiver } = world;
    const scene = await world.scene('told');
    await scene.apply('short', ['tasks:', `  ${task('only', 'quick')}`]);
    await world.api.post('/told/destinations', { name: 'hook', kind: 'webhook', events: ['run.succeeded'], url: receiver.url });
    const run = await scene.start('short');
    await scene.ended(run);
    await world.system.restart('notifier');
    await receiver.open();
    const told = () => receiver.got.filter(({ data }) => data.run === run);
    await until(() => told().length > 0, 'the message', 120_000);
    expect(told().length === 1, `${told().length} deliveries`);
    await receiver.close();
  },

  async 'notifier killed while it sends: the message keeps its webhook-id'(world) {
    const { receiver } = world;
    const scene = await world.scene('told-twice');
    await scene.apply('short', ['tasks:', `  ${task('only', 'quick')}`]);
    await world.api.post('/told-twice/destinations', { name: 'hook', kind: 'webhook', events: ['run.succeeded'], url: receiver.url });
    receiver.answers = false;
    await receiver.open();
    const run = await scene.start('short');
    const told = () => receiver.got.filter(({ data }) => data.run === run);
    await until(() => told().length > 0, 'the first try', 120_000);
    await world.system.kill('notifier');
    receiver.answers = true;
    await world.system.startService('notifier');
    await until(() => told().length > 1, 'the second try', 120_000);
    expect(new Set(told().map(({ id }) => id)).size === 1, `ids ${told().map(({ id }) => id)}`);
    await receiver.close();
  },
};
