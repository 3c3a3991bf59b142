import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { makeChecker } from './checker/checker.ts';
import { runCrashes } from './run/crashes.ts';
import { escaping } from './run/escaping.ts';
import { runMany, shortcomings, summary } from './run/many.ts';
import { keep } from './run/regressions.ts';
import { explain, stepLine } from './run/report.ts';
import { runCase, type Case } from './run/seed.ts';
import { shrink } from './run/shrink.ts';
import { sizeOf } from './run/size.ts';
import { makeWorkload } from './workload/workload.ts';

const USAGE = `npm run sim -- [--seeds N] [--seed S] [--full] [--trace] [--json FILE]
npm run sim -- --crashpoints all [--json FILE]
  --seeds N        how many seeds (default 1,000; --full: 100,000)
  --seed S         the first of them (default 1); alone: only this one
  --trace          shows every step of one seed
  --full           the full size: one seed in 200 is large
  --crashpoints    kills once at every named place, in several workloads
  --json FILE      writes the result for the scoreboard
  --threads T      default: one per core`;
const SHRINK_MS = 60_000;
const SHRUNK_AT_MOST = 3;

export type WriteResults = (file: string, result: object) => unknown;

const kit = { makeWorkload, makeChecker };
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The command; returns the exit code. */
export async function main(args: readonly string[], writeResults: WriteResults): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' }, seed: { type: 'string' }, full: { type: 'boolean', default: false }, trace: { type: 'boolean', default: false }, json: { type: 'string' },
      crashpoints: { type: 'string' }, threads: { type: 'string' }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(USAGE), 0;
  const from = numberOf(values.seed, 'seed', 1);
  const threads = numberOf(values.threads, 'threads', availableParallelism());
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1_000;
  if (values.crashpoints !== undefined) return crashpoints(from, threads, seconds, (result) => values.json && writeResults(values.json, result));
  if (values.seed !== undefined && values.seeds === undefined) return single({ seed: from, size: sizeOf(from, values.full) }, values.trace);
  const seeds = numberOf(values.seeds, 'seeds', values.full ? 100_000 : 1_000);
  let told = 0;
  const tally = await runMany({ seeds, from, full: values.full, threads }, ({ seeds: done, failed }) => {
    if (Math.floor((10 * done) / seeds) > told) say(`${done} of ${seeds} seeds, ${failed.length} failed, ${seconds().toFixed(0)} s (${(told = Math.floor((10 * done) / seeds)) * 10} %)`);
  });
  for (const { seed, size } of tally.failed.slice(0, SHRUNK_AT_MOST)) await smaller({ seed, size });
  for (const line of summary(tally, seconds())) say(line);
  const wrong = shortcomings(tally, values.full);
  for (const sentence of wrong) say(`FAILED: ${sentence}`);
  if (values.json) {
    writeResults(values.json, {
      figure: 'sim', command: `npm run sim -- --seeds ${seeds}${values.full ? ' --full' : ''}`, scale: values.full ? 'full' : 'ci', driver: 'memory', seed: from, size: `${seeds.toLocaleString('en')} seeds`,
      values: {
        violations: tally.failed.length, largeSeeds: tally.large, medianCommits: tally.medianCommits, faultInFlightShare: Math.round((1_000 * tally.inFlight) / tally.seeds) / 1_000,
        faultKinds: tally.hits.size, faults: [...tally.hits.values()].reduce((sum, n) => sum + n, 0), steps: tally.steps, traceHash: tally.hash,
      },
      failedBecause: wrong, seconds: seconds(),
    });
  }
  say(`${seeds - tally.failed.length} passed, ${tally.failed.length} failed`);
  return wrong.length > 0 ? 1 : 0;
}

async function single(one: Case, trace: boolean): Promise<number> {
  const outcome = await escaping(() => runCase(one, { ...kit, ...(trace && { watch: (taken) => say(stepLine(taken)) }) }));
  if (outcome.violations.length > 0 && !trace) await smaller(one);
  else say(explain(one, { ...outcome, ...(outcome.violations.length === 0 && { last: [], says: [] }) }));
  say(`trace hash ${outcome.hash.toString(16).padStart(8, '0')}, ${outcome.steps} steps`);
  say(outcome.violations.length === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed');
  return outcome.violations.length === 0 ? 0 : 1;
}

/** Shrinks a case that failed, shows it, and keeps it. */
async function smaller(one: Case): Promise<void> {
  const until = performance.now() + SHRINK_MS;
  const run = (each: Case) => escaping(() => runCase(each, kit));
  const first = await run(one);
  const shrunk = await shrink(one, first, run, () => performance.now() > until);
  say(explain(shrunk.case, shrunk.outcome));
  say(`kept as ${keep(shrunk.case, shrunk.outcome)}`);
}

async function crashpoints(from: number, threads: number, seconds: () => number, write: (result: object) => unknown): Promise<number> {
  const { total, kills, failed } = await runCrashes(from, threads);
  const covered = [...kills.values()].filter((n) => n > 0).length;
  for (const [name, n] of kills) say(`${String(n).padStart(6)} kills  ${name}`);
  for (const { one, violations } of failed.slice(0, 10)) say(`seed ${one.seed}, ${one.kill!.name} (${one.kill!.nth}): invariant ${violations[0]!.invariant}: ${violations[0]!.what.slice(0, 300)}`);
  for (const { one } of failed.slice(0, SHRUNK_AT_MOST)) await smaller(one);
  const wrong = [
    ...(covered < total ? [`never killed at: ${[...kills].filter(([, n]) => n === 0).map(([name]) => name).join(', ')}`] : []),
    ...(failed.length > 0 ? [`${failed.length} kills led to a violation`] : []),
  ];
  for (const sentence of wrong) say(`FAILED: ${sentence}`);
  say(`crashpoints: ${covered} of ${total} (${((100 * covered) / total).toFixed(0)} %), ${[...kills.values()].reduce((sum, n) => sum + n, 0)} kills, ${failed.length} violations, ${seconds().toFixed(0)} s`);
  write({
    figure: 'crashpoints', command: 'npm run sim -- --crashpoints all', scale: 'ci', driver: 'memory', seed: from, size: `${total} named places`,
    values: { covered, total, kills: [...kills.values()].reduce((sum, n) => sum + n, 0), violations: failed.length }, failedBecause: wrong, seconds: seconds(),
  });
  say(`${covered - (failed.length > 0 ? 1 : 0)} passed, ${wrong.length} failed`);
  return wrong.length > 0 ? 1 : 0;
}

function numberOf(text: string | undefined, name: string, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1, not "${text}".\n${USAGE}`);
  return value;
}
