import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { BenchWorkspace } from './bench-workspace.mjs';
import { cpuByRole, family } from './family.mjs';
import { Floors } from './floors.mjs';
import { short } from './numbers.mjs';
import { full, quick } from './plan.mjs';
import { Profiler } from './profile.mjs';
import { startSystem } from './system.mjs';
import { print, row } from './table.mjs';

const usage = `npm run bench -- [options]
  --quick          small sizes, no targets, under 90 s
  --only W3,W7     these workloads only (W1, idle, W6, W3, W4, W7, processes, rebuild)
  --json FILE      the rows as JSON
  --profile DIR    a CPU profile of services and agent for each workload (slows them down)`;

const footnotes = `Times are from the start request leaving the client to the run's end as its commit in the log states it (one machine, one clock).
W6: from the request to the first line of user code, both by the monotonic clock. Floor: as many durable rows, one after the other (W4), and
as many round trips to another process besides (others), measured just before. Ratio: how many times the floor's time; below 1: less.`;

const options = readOptions();
process.exitCode = await main();

async function main() {
  const began = performance.now();
  const plan = options.quick ? quick : full;
  const workloads = plan.workloads.filter(({ name }) => !options.only || options.only.split(',').some((one) => name.startsWith(one)));
  const system = await startSystem(options);
  const rows = await measureAll(system, workloads, plan.repeats).finally(() => system.stop());
  print(rows);
  console.log(footnotes);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
  const missed = rows.filter(({ met }) => met === false);
  console.log(`${rows.length} rows in ${Math.round((performance.now() - began) / 1000)} s${missed.length ? `; targets missed: ${missed.map(({ workload }) => workload).join(', ')}` : ''}`);
  return missed.length ? 1 : 0;
}

async function measureAll(system, workloads, repeats) {
  const { api, dataDir, databaseUrl, fileSystem, pid } = system;
  const workspace = new BenchWorkspace(api);
  const floors = new Floors();
  const database = new pg.Client({ connectionString: databaseUrl });
  database.on('error', () => {}); // the next query says it
  await workspace.open();
  await database.connect();
  const settings = await floors.open(databaseUrl);
  console.log(`${cpus()[0].model}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}; Node ${process.version}; data in ${dataDir}, database on ${fileSystem}; ${settings}`);
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
    const found = (await measure({ workspace, database, databaseUrl, pid, repeats, floor })).map(row);
    const spent = Object.entries(cpuByRole(family(pid))).map(([role, ms]) => `${role} ${short((ms - (before[role] ?? 0)) / 1000)}`);
    await profiler?.stop(name.replace(' ', '-'));
    lags.push(...workspace.takeLags());
    rows.push(...found);
    console.log(`  ${found.map(({ workload, unit, median }) => `${workload} ${short(median)} ${unit}`).join(', ')}  (CPU seconds of all repeats: ${spent.join(', ')}; load ${loadavg()[0].toFixed(1)})`);
  }
  workspace.close();
  await database.end();
  await floors.close();
  rows.push(
    row({ workload: 'projection lag', unit: 'ms', values: lags }),
    row({ workload: 'floor: durable row', unit: 'ms', values: measured.map((floor) => floor.row) }),
    row({ workload: 'floor: row and round trip', unit: 'ms', values: measured.map((floor) => floor.trip) }),
  );
  return rows;
}

function readOptions() {
  try {
    const { values } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' }, json: { type: 'string' }, profile: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    if (values.profile) mkdirSync(values.profile, { recursive: true });
    return values;
  } catch (error) {
    console.error(`${error.message.split('. ')[0]}.\n${usage}`);
    process.exit(1);
  }
}
