/** npm run e2e:past -- [--positions N] [--seed S] [--json FILE]: moments recorded while the system lives, and read again from the log when its read models are gone. */
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { realPorts } from '@novacron/kernel';
import { parseAt, PostgresLog } from '@novacron/log';
import { openSecrets } from '@novacron/service';
import pg from 'pg';
import { liveHash, pastHash } from '../../apps/standalone/dist/rebuild/system-hash.js';
import { BenchWorkspace } from '../../bench/bench-workspace.mjs';
import { startSystem } from '../../bench/system.mjs';
import { random } from '../random.mjs';
import { writeResults } from '../../scripts/results.mjs';

const { values: options } = parseArgs({ args: process.argv.slice(3), options: { positions: { type: 'string', default: '200' }, seed: { type: 'string', default: '4711' }, json: { type: 'string' } } });
const POSITIONS = Number(options.positions);
const next = random(Number(options.seed));
/** More than any machine has: its task waits in the queue until the run is cancelled. */
const NEVER = 'workflow:\n  name: never\n  tasks:\n    - { name: huge, uses: ./tasks/steps.mjs#noop, resources: { cpu: 10000 } }\n';
const READS = ['/bench/runs?limit=5', '/workspaces', '/nodes', '/pools', '/pools/default/queue', '/quotas', '/bench/workflows', '/bench/workflows/fan-out', '/bench/audit?limit=5', '/bench/keys', '/bench/models', '/bench/triggers', '/bench/destinations'];

const began = performance.now();
const failures = [];
const system = await startSystem({});
const driver = new PostgresLog(system.databaseUrl, { notify: false, ports: realPorts() });
const secrets = openSecrets({ dataDir: system.dataDir, env: process.env }, realPorts().random);
const database = new pg.Client({ connectionString: system.databaseUrl });
const workspace = new BenchWorkspace(system.api);
const hashNow = () => liveHash(driver, secrets, realPorts());
const figures = await tell().finally(async () => {
  workspace.close();
  await driver.close();
  await database.end();
  await system.stop();
});
const seconds = (performance.now() - began) / 1_000;
if (options.json) {
  const size = `${POSITIONS} moments under load, ${figures.answers} answers at quiet ones`;
  writeResults(options.json, { figure: 'state-hash', command: 'npm run e2e:past', scale: POSITIONS >= 200 ? 'full' : 'ci', driver: 'postgres', seed: Number(options.seed), size, values: figures, failedBecause: failures, seconds });
}
for (const failure of failures) console.log(`FAILED  ${failure}`);
console.log(`${figures.equal} of ${figures.positions} moments hash as they were lived, ${figures.answersEqual} of ${figures.answers} answers are those of then (${seconds.toFixed(0)} s)`);
console.log(`${figures.equal + figures.answersEqual} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);

async function tell() {
  await database.connect();
  await workspace.open();
  await workspace.applyFile('fan-out.yaml');
  await workspace.applyFile('three-steps.yaml');
  await workspace.apply(NEVER);
  const moments = [];
  const answers = [];
  for (let wave = 0; wave < 4; wave++) {
    moments.push(...(await lived(Math.ceil(POSITIONS / 4))));
    answers.push(...(await quietAnswers()));
  }
  await wipe();
  const equal = await compared(moments, async ({ at, hash }) => (await pastHash(driver, system.databaseUrl, parseAt(at))).hash === hash, ({ at }) => `the log folds to another hash than was lived at ${at.slice(0, 200)}…`);
  const answersEqual = await compared(answers, async ({ at, path, body }) => isDeepStrictEqual(await system.api.get(`${path}${path.includes('?') ? '&' : '?'}at=${at}`), body), ({ path }) => `GET ${path} answers another past than it was`);
  return { positions: moments.length, equal, answers: answers.length, answersEqual };
}

/** Hashes at random moments while runs go on. */
async function lived(count) {
  let loading = true;
  const load = Promise.all([1, 2, 3].map(async (n) => {
    while (loading) await (n === 1 ? workspace.run('fan-out', { width: 20 + Math.floor(next() * 40) }) : workspace.run('three-steps'));
  }));
  const moments = [];
  while (moments.length < count) {
    await sleep(next() * 25);
    moments.push(await hashNow());
  }
  loading = false;
  await load;
  return moments;
}

/** What the API answers while nothing happens, so that it is known of which moment: with a task that waits. */
async function quietAnswers() {
  const { run } = await system.api.post('/bench/workflows/never/runs', { params: {} });
  const paths = [...READS, `/bench/runs/${run}`, `/bench/runs/${run}/tasks/huge`, `/bench/runs/${run}/tasks/huge/why`, `/bench/runs/${run}/trace`];
  for (let tries = 0; tries < 50; tries++) {
    await sleep(200);
    const { at } = await hashNow();
    if ((await projected()) !== at) continue;
    const read = [];
    for (const path of paths) read.push({ at, path, body: await system.api.get(path) });
    const queue = read.find(({ path }) => path.endsWith('/queue')).body;
    if ((await hashNow()).at !== at || queue.waiting === 0) continue;
    await system.api.post(`/bench/workflows/never/runs/${run}/cancel`, {});
    return read;
  }
  throw new Error('the system did not come to rest for a moment');
}

/** The positions that the rows of now hold: they follow the log a moment behind. */
async function projected() {
  const { rows } = await database.query('select topic, partition, seq from projection.projection_cursor order by topic collate "C", partition');
  return rows.map(({ topic, partition, seq }) => `${topic}.${partition}.${seq}`).join(',');
}

/** Everything that could be had again from the log. */
async function wipe() {
  await database.query('drop schema projection cascade; delete from log_snapshot');
}

async function compared(all, isEqual, sentence) {
  let equal = 0;
  for (const one of all) {
    if (await isEqual(one)) equal += 1;
    else failures.push(sentence(one));
  }
  return equal;
}
