import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import Table from 'cli-table3';
import { writeResults } from '../scripts/results.mjs';
import { derived, misses } from './judge/verdict.mjs';
import { SCENARIOS } from './scenarios.mjs';

const SHOWN = 60;

/** Prints the figures of one scenario and what is wrong with them; answers it with why it failed, if it did. */
export function report(result) {
  const { name, n, values, details, seconds } = result;
  const table = new Table({ style: { head: [], border: [], compact: true } });
  for (const [what, value] of Object.entries(values)) table.push([what, value ?? 'none']);
  console.log(table.toString());
  for (const detail of details.slice(0, SHOWN)) console.log(`  ${detail}`);
  const failedBecause = misses(values, SCENARIOS[name].proof);
  console.log(`${failedBecause.length === 0 ? 'ok     ' : 'FAILED '} ${name}: ${n} ${SCENARIOS[name].unit} in ${seconds.toFixed(0)} s${failedBecause.length === 0 ? '' : `: ${failedBecause.join('; ')}`}\n`);
  return { ...result, failedBecause };
}

/** Writes the results to the file of `--json`, added to what is there with `--add`; raw samples lie beside it, because percentiles cannot be added. */
export function keep({ json, add, scale, log, seed, ci }, results) {
  const aside = `${json.replace(/\.json$/, '')}.samples`;
  const before = add && existsSync(aside) ? JSON.parse(readFileSync(aside, 'utf8')) : {};
  const all = { ...before };
  for (const result of results) all[result.name] = added(before[result.name], result);
  writeFileSync(aside, JSON.stringify(all));
  const written = Object.entries(all).map(([name, { n, values, seconds, parts }]) => ({
    figure: name, command: `npm run chaos -- ${ci ? '--ci' : `--fault ${name} --n ${n}`}`, scale, driver: log, seed: parts.length === 1 ? seed : null,
    size: `${n.toLocaleString('en')} ${SCENARIOS[name].unit} (${parts.join(', ')})`, values, failedBecause: misses(values, SCENARIOS[name].proof), seconds,
  }));
  writeResults(json, written.length === 1 ? written[0] : written);
}

/** Two runs of the same fault as one: counts add up, percentiles are made anew, completion is of all. */
export function added(before, { name, n, topology, values, samples, seconds }) {
  const part = `${n} ${topology}`;
  if (!before) return { n, values, samples, seconds, parts: [part] };
  const both = Object.fromEntries(Object.keys(samples).map((what) => [what, [...before.samples[what], ...samples[what]]]));
  const sums = Object.fromEntries(Object.entries(values).map(([what, value]) => [what, typeof value === 'number' ? value + (before.values[what] ?? 0) : value]));
  return { name, n: before.n + n, values: { ...sums, ...derived({ ...both, values: sums }) }, samples: both, seconds: before.seconds + seconds, parts: [...before.parts, part] };
}
