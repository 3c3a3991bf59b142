/**
 * npm run bench:apart [-- --log postgres|kafka] [--runs N] [--burst N] [--page FILE]: every service as a process of its own, and as two. W7 on one, on two and again on one of each; what that load costs a quiet workflow
 * on two; what a process costs while nothing happens; how long after a burst, N runs started without waiting for any, the read side holds the last end; and the other timed workloads on one of each.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { onLog } from '../e2e/log.mjs';
import { SERVICES, System } from '../e2e/system.mjs';
import { until } from '../e2e/waiting.mjs';
import { Api } from './api.mjs';
import { BenchWorkspace } from './bench-workspace.mjs';
import { family, pss } from './family.mjs';
import { floorRows, Floors } from './floors.mjs';
import { LOGS } from './logs.mjs';
import { numbersOf, writeBetween } from './page.mjs';
import { apart } from './plan.mjs';
import { print, row } from './table.mjs';
import { quietWorkload } from './workloads/quiet.mjs';
import { keepInFlight } from './workloads/throughput.mjs';

const MARKS = ['<!-- apart: written by the command below -->', '<!-- end of apart -->'];
const REPEATS = 5;
const QUIET_RUNS = 40;
/** Requests at a time while a burst begins. */
const SENDERS = 16;
/** What the start left is collected by then: an idle process costs more than twice as much in the first half minute. */
const SETTLE_MS = 40_000;
const IDLE_S = 30;
/** Of one of each: two may not be slower than this. */
const LEAST_SHARE = 0.8;
const IDLE_CPU = 1;
const IDLE_MB = 120;
const LAG_MS = 5_000;

const { values: options } = parseArgs({ options: { log: { type: 'string', default: 'kafka' }, runs: { type: 'string', default: '600' }, burst: { type: 'string', default: '4000' }, page: { type: 'string' } } });
const tmp = fileURLToPath(new URL('../.tmp', import.meta.url));
const rows = [];
const [w7, ...others] = apart(options.log, Number(options.runs));
const floorsMeasured = [];
// Two of each stand between two measurements of one: the machine's own speed varies within minutes.
const [before] = await measured(1, throughput);
const [two, ...quiet] = await measured(2, async (stage) => [...(await throughput(stage)), ...(await timed(stage, quietWorkload({ runs: QUIET_RUNS })))]);
const [after] = await measured(1, async (stage) => {
  rows.push(...(await idle(stage)));
  const found = await throughput(stage);
  rows.push(...found, ...(await burst(stage)));
  for (const workload of others) rows.push(...(await timed(stage, workload)));
  return found;
});
const share = (2 * two.median) / (before.median + after.median);
const beside = (found, workload) => ({ ...found, workload, target: null, met: null });
rows.push(
  beside(before, 'W7 before'), beside(two, 'W7, two of each'),
  row({ workload: 'two of each', unit: 'times one', values: [share], target: LEAST_SHARE, higherIsBetter: true }),
  ...quiet, ...floorRows(LOGS[options.log].write, floorsMeasured),
);
console.log(`log: ${options.log}`);
print(rows);
if (options.page) writeBetween(options.page, MARKS, pageOf(rows));
process.exit(rows.some(({ met }) => met === false) ? 1 : 0);

/** What `measure` finds on so many processes of each service, on a log and a data directory of their own. */
async function measured(replicas, measure) {
  mkdirSync(tmp, { recursive: true });
  const dataDir = mkdtempSync(join(tmp, 'apart-'));
  const place = await LOGS[options.log].open();
  let system;
  let floors;
  try {
    system = await System.start(dataDir, { replicas, env: place.env });
    floors = new Floors(await place.floor(system.databaseUrl));
    await floors.open();
    const api = new Api(system.url, readFileSync(system.keyFile, 'utf8').trim());
    const workspace = new BenchWorkspace(api);
    await workspace.open();
    const found = await measure({ replicas, system, api, workspace, floors });
    workspace.close();
    api.close();
    return found;
  } finally {
    await floors?.close();
    await system?.stop();
    await place.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Of the most expensive service process. */
async function idle({ system }) {
  await delay(SETTLE_MS);
  const processes = () => system.instances.flatMap(({ name }) => family(system.child(name).pid));
  const before = new Map(processes().map(({ pid, cpu }) => [pid, cpu]));
  await delay(1_000 * IDLE_S);
  const after = processes();
  return [
    row({ workload: 'idle CPU, one process', unit: '% of a core', values: [Math.max(...after.map(({ pid, cpu }) => (cpu - before.get(pid)) / (10 * IDLE_S)))], target: IDLE_CPU }),
    row({ workload: 'idle memory, one process', unit: 'MB PSS', values: [Math.max(...after.map(pss))], target: IDLE_MB }),
  ];
}

/** W7 once each process has done so many runs: what is compared has been compiled as far, on two of each as on one. */
async function throughput(stage) {
  const runs = stage.replicas * Number(options.runs);
  await w7.prepare(stage);
  let begun = 0;
  await keepInFlight(stage.workspace, () => begun++ < runs);
  return timed(stage, w7);
}

/** A workload of the bench, against floors measured just before. */
async function timed({ workspace, floors }, { prepare, measure }) {
  const floor = await floors.measure();
  floorsMeasured.push(floor);
  await prepare({ workspace });
  return (await measure({ workspace, repeats: REPEATS, floor })).map(row);
}

/** From the end that the log states until the read side holds it. */
async function burst({ system, api, workspace }) {
  const before = await records(system);
  const startedAt = Date.now();
  let begun = 0;
  const started = [];
  await Promise.all(Array.from({ length: SENDERS }, async () => {
    while (begun++ < Number(options.burst)) started.push(await workspace.start('three-steps'));
  }));
  const acknowledgedAt = Date.now();
  const last = (await Promise.all(started.map((run) => workspace.endOf(run)))).reduce((a, b) => (a.time > b.time ? a : b));
  await until(async () => (await api.get(`/bench/runs/${last.run}`)).status === 'succeeded', 'the read side');
  const lag = Date.now() - last.time;
  return [
    row({ workload: 'burst', unit: 'records', values: [(await records(system)) - before] }),
    row({ workload: 'burst, until all is taken', unit: 'ms', values: [acknowledgedAt - startedAt] }),
    row({ workload: 'burst, until its last end', unit: 'ms', values: [last.time - startedAt] }),
    row({ workload: 'lag behind it', unit: 'ms', values: [lag], target: LAG_MS }),
  ];
}

/** Commits in the log. */
async function records(system) {
  const heads = await onLog(system, (driver) => driver.heads(SERVICES));
  return [...heads.values()].reduce((sum, { nextSeq }) => sum + nextSeq, 0);
}

function pageOf(all) {
  const cells = all.map((each) => `| ${each.workload}, ${each.unit} | ${numbersOf(each).join(' | ')} |`);
  return [`\`${['npm run bench:apart --', ...process.argv.slice(2)].join(' ')}\`, ${new Date().toISOString().slice(0, 10)}:`, '', '| workload | median | floors | target |', '| --- | --: | --: | --: |', ...cells].join('\n');
}
