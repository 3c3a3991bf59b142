import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { BenchWorkspace } from './bench-workspace.mjs';
import { cpuByRole, family } from './family.mjs';
import { floorRows, Floors } from './floors.mjs';
import { LOGS } from './logs.mjs';
import { short } from './numbers.mjs';
import { writePage } from './page.mjs';
import { full, quick } from './plan.mjs';
import { Profiler } from './profile.mjs';
import { startSystem } from './system.mjs';
import { print, row } from './table.mjs';

const usage = `npm run bench -- [options]
  --quick          small sizes, no targets, under 90 s
  --only W3,W7     these workloads only (W1, idle, W6, W3, W4, W7, processes, rebuild)
  --log LOGS       postgres (default), kafka (needs Java 17 and Maven), or both with a comma between
  --json FILE      the rows as JSON
  --page FILE      the rows into that page, between its marks
  --profile DIR    a CPU profile of services and agent for each workload (slows them down)`;

const footnotes = `Times are from the start request leaving the client to the run's end as its commit in the log states it (one machine, one clock).
W6: from the request to the first line of user code, both by the monotonic clock. Floor: as many durable rows (on Kafka: records produced and
read back), one after the other (W4), and as many round trips to another process besides (others), measured just before. Ratio: how many times the floor's time; below 1: less.`;

const options = readOptions();
process.exitCode = await main();

async function main() {
  const began = performance.now();
  const rows = [];
  for (const log of options.log) rows.push(...(await measureOn(log)).map((one) => ({ log, ...one })));
  console.log(footnotes);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
  if (options.page) writePage(options.page, rows);
  const missed = rows.filter(({ met }) => met === false);
  console.log(`${rows.length} rows in ${Math.round((performance.now() - began) / 1000)} s${missed.length ? `; targets missed: ${missed.map(({ log, workload }) => `${workload} (${log})`).join(', ')}` : ''}`);
  return missed.length ? 1 : 0;
}

/** All workloads on one log, on a data directory of its own; prints and answers the rows. */
async function measureOn(log) {
  const plan = options.quick ? quick() : full(log);
  const workloads = plan.workloads.filter(({ name }) => !options.only || options.only.split(',').some((one) => name.startsWith(one)));
  const place = await LOGS[log].open();
  try {
    const system = await startSystem({ ...options, env: place.env });
    const rows = await measureAll({ ...system, ...place, write: LOGS[log].write }, workloads, plan.repeats).finally(() => system.stop());
    console.log(`log: ${log}`);
    print(rows);
    return rows;
  } finally {
    await place.close();
  }
}

async function measureAll({ api, dataDir, databaseUrl, fileSystem, pid, env, floor: openWriter, bytes, write }, workloads, repeats) {
  const workspace = new BenchWorkspace(api);
  const floors = new Floors(await openWriter(databaseUrl));
  const database = new pg.Client({ connectionString: databaseUrl });
  database.on('error', () => {}); // the next query says it
  await workspace.open();
  await database.connect();
  await floors.open();
  console.log(`${cpus()[0].model}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}; Node ${process.version}; data in ${dataDir}, database on ${fileSystem}; ${await durability(database)}`);
  const profiler = options.profile && (await Profiler.open(options.profile, dataDir));
  const measured = [];
  const rows = [];
  const lags = [];
  for (const { name, prepare, measure } of workloads) {
    const floor = await floors.measure();
    measured.push(floor);
    await prepare({ workspace });
    await profiler?.start();
    const before = cpuByRole(family(pid));
    const found = (await measure({ workspace, logBytes: () => bytes(database), env, databaseUrl, pid, repeats, floor })).map(row);
    const spent = Object.entries(cpuByRole(family(pid))).map(([role, ms]) => `${role} ${short((ms - (before[role] ?? 0)) / 1000)}`);
    await profiler?.stop(name.replace(' ', '-'));
    lags.push(...workspace.takeLags());
    rows.push(...found);
    console.log(`  ${found.map(({ workload, unit, median }) => `${workload} ${short(median)} ${unit}`).join(', ')}  (CPU seconds of all repeats: ${spent.join(', ')}; load ${loadavg()[0].toFixed(1)})`);
  }
  workspace.close();
  await floors.close();
  await database.end();
  rows.push(row({ workload: 'projection lag', unit: 'ms', values: lags }), ...floorRows(write, measured));
  return rows;
}

async function durability(database) {
  const { rows } = await database.query("select string_agg(name || ' ' || setting, ', ' order by name) as settings from pg_settings where name in ('fsync', 'synchronous_commit')");
  return rows[0].settings;
}

function readOptions() {
  try {
    const { values } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' }, log: { type: 'string', default: 'postgres' }, json: { type: 'string' }, page: { type: 'string' }, profile: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const log = values.log.split(',');
    const unknown = log.find((name) => !(name in LOGS));
    if (unknown !== undefined) throw new Error(`--log takes ${Object.keys(LOGS).join(' and ')}, not "${unknown}"`);
    if (values.profile) mkdirSync(values.profile, { recursive: true });
    return { ...values, log };
  } catch (error) {
    console.error(`${error.message.split('. ')[0]}.\n${usage}`);
    process.exit(1);
  }
}
