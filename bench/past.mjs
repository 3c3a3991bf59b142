/**
 * npm run bench:past -- [--records N] [--data DIR] [--moments M] [--json FILE]: seconds from a question about the past to its answer, on a log of N records: the hash of the whole system, and
 * the first and the next GET with `at`. Makes its log by load, or goes on with the one in DIR, which is left there. The system is up meanwhile and does nothing.
 */
import { parseArgs } from 'node:util';
import { realPorts } from '@novacron/kernel';
import { PostgresLog } from '@novacron/log';
import pg from 'pg';
import { pastHash } from '../apps/standalone/dist/rebuild/system-hash.js';
import { random } from '../e2e/random.mjs';
import { writeResults } from '../scripts/results.mjs';
import { BenchWorkspace } from './bench-workspace.mjs';
import { median, short } from './numbers.mjs';
import { startSystem } from './system.mjs';

const { values: options } = parseArgs({ options: { records: { type: 'string', default: '1000000' }, data: { type: 'string' }, moments: { type: 'string', default: '5' }, json: { type: 'string' } } });
const FULL = 1_000_000;
const next = random(4711);
const began = performance.now();
const system = await startSystem({ data: options.data });
const database = new pg.Client({ connectionString: system.databaseUrl });
const driver = new PostgresLog(system.databaseUrl, { notify: false, ports: realPorts() });
const figures = await measure().finally(async () => {
  await driver.close();
  await database.end();
  await system.stop();
});
console.log(`${figures.records} records; median (worst) of ${options.moments} moments: state --hash ${short(figures.hashSeconds)} s (${short(figures.hashWorstSeconds)}), first GET ${short(figures.firstGetSeconds)} s (${short(figures.firstGetWorstSeconds)}), next GET ${short(figures.nextGetSeconds)} s`);
if (options.json) {
  const scale = figures.records >= FULL ? 'full' : 'ci';
  writeResults(options.json, { figure: 'state-speed', command: `npm run bench:past -- --records ${options.records}`, scale, driver: 'postgres', seed: 4711, size: `${figures.records} records`, values: figures, seconds: (performance.now() - began) / 1_000 });
}

async function measure() {
  await database.connect();
  await grow(Number(options.records));
  const [first, last] = await span();
  const [hashes, firsts, nexts] = [[], [], []];
  for (let i = 0; i < Number(options.moments); i++) {
    const time = Math.round(first + next() * (last - first));
    hashes.push(await seconds(() => pastHash(driver, system.databaseUrl, { time })));
    firsts.push(await seconds(() => system.api.get(`/bench/runs?at=${time}`)));
    nexts.push(await seconds(() => system.api.get(`/pools/default/queue?at=${time}`)));
  }
  return {
    records: await count(), hashSeconds: median(hashes), hashWorstSeconds: Math.max(...hashes), firstGetSeconds: median(firsts), firstGetWorstSeconds: Math.max(...firsts), nextGetSeconds: median(nexts),
  };
}

async function grow(records) {
  if ((await count()) >= records) return;
  const workspace = new BenchWorkspace(system.api);
  await workspace.open();
  await workspace.applyFile('fan-out.yaml');
  await workspace.applyFile('three-steps.yaml');
  while ((await count()) < records) {
    await workspace.run('fan-out', { width: 1_000 });
    await Promise.all(Array.from({ length: 64 }, async () => {
      for (let i = 0; i < 8; i++) await workspace.run('three-steps');
    }));
  }
  workspace.close();
}

async function count() {
  return Number((await database.query('select coalesce(sum(next_seq), 0) as records from log_partition')).rows[0].records);
}

/** From when to when runs were created. */
async function span() {
  const { rows } = await database.query('select min(created_at) as first, max(created_at) as last from projection.run');
  return [rows[0].first, rows[0].last];
}

async function seconds(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}
