/** npm run chaos -- --fault F --n N | --ci: real processes, real PostgreSQL, and what is promised counted from outside; see README.md. */
import { rmSync } from 'node:fs';
import { random } from '../e2e/random.mjs';
import { until } from '../e2e/waiting.mjs';
import { judge } from './judge/judge.mjs';
import { readOptions } from './options.mjs';
import { keep, report } from './report.mjs';
import { SCENARIOS } from './scenarios.mjs';
import { Stage } from './stage.mjs';

const PROGRESS_MS = 10_000;
const since = (began) => (performance.now() - began) / 1_000;

let options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`chaos: ${error.message}`);
  process.exit(2);
}

/** One fault on a stage that runs, from the first start of a run to the verdict. */
async function play(stage, name, n) {
  const began = performance.now();
  const { inject, runs } = SCENARIOS[name];
  const load = await stage.load({ width: options.width, ...(runs && { most: n }) });
  const progress = setInterval(() => console.log(`  ${name}, ${since(began).toFixed(0)} s: ${stage.faults.length} faults, ${load.runs.length} runs acknowledged, ${load.inFlight} in flight`), PROGRESS_MS);
  try {
    await until(() => load.inFlight > options.width / 2, 'runs in flight');
    await inject(stage, n, { load, longest: options.longest });
    return { name, n, topology: stage.topology, ...(await judge(stage, load)), seconds: since(began) };
  } finally {
    clearInterval(progress);
  }
}

async function playGroup({ topology, faults }) {
  const began = performance.now();
  const needs = (what) => faults.some(([name]) => SCENARIOS[name][what]);
  const brokers = options.log === 'kafka' ? Math.max(...faults.map(([name]) => SCENARIOS[name].brokers ?? 1)) : 0;
  const stage = await Stage.open({ topology, gateways: options.gateways, next: random(options.seed), network: needs('network'), disks: needs('disks'), brokers });
  console.log(`${options.log}, ${topology}, seed ${options.seed}, data in ${stage.dataDir}, up after ${since(began).toFixed(0)} s`);
  const results = [];
  try {
    for (const [name, n] of faults) results.push(report(await play(stage, name, n)));
  } finally {
    await stage.close();
  }
  if (results.every(({ failedBecause }) => failedBecause.length === 0)) rmSync(stage.dataDir, { recursive: true });
  else console.log(`data and logs are in ${stage.dataDir}`);
  return results;
}

const results = [];
let broken = 0;
for (const group of options.groups) {
  try {
    results.push(...(await playGroup(group)));
  } catch (error) {
    broken += group.faults.length;
    console.log(`FAILED  ${group.faults.map(([name]) => name).join(', ')}: ${error.stack}`);
  }
}
if (options.json && results.length > 0) keep(options, results);
const failed = broken + results.filter(({ failedBecause }) => failedBecause.length > 0).length;
console.log(`${results.length + broken - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
