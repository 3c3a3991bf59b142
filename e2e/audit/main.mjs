/** npm run audit:attack -- --n N [--seed S] [--json FILE]: random attacks on a copy of a log that a real system wrote; what `novacron audit verify` says of each. */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { writeResults } from '../../scripts/results.mjs';
import { random } from '../random.mjs';
import { attacks } from './attacks.mjs';
import { partitionsOf } from './copy.mjs';
import { livedLog } from './lived-log.mjs';
import { judged } from './trial.mjs';

const { values } = parseArgs({ args: process.argv.slice(3), options: { n: { type: 'string', default: '1000' }, seed: { type: 'string' }, runs: { type: 'string', default: '400' }, json: { type: 'string' } } });
const [count, seed, runs] = [Number(values.n), Number(values.seed ?? Date.now() % 1_000_000), Number(values.runs)];
if (![count, seed, runs].every(Number.isInteger) || count < 1 || runs < 20) throw new Error('use --n N, a whole number from 1, --seed S and --runs R, from 20');

const began = performance.now();
const seconds = () => (performance.now() - began) / 1_000;
const log = await livedLog({ runs });
const partitions = partitionsOf(log);
const records = partitions.reduce((sum, { rows }) => sum + rows.reduce((all, row) => all + row.records.length, 0), 0);
console.log(`seed ${seed}: a log of ${records} records in ${partitions.reduce((sum, { rows }) => sum + rows.length, 0)} rows of ${partitions.length} partitions, ${log.heads.length} signed heads, ${log.exported.length} of them exported (${seconds().toFixed(1)} s)`);

const next = random(seed);
const weighted = partitions.flatMap((entry) => Array.from({ length: Math.ceil(Math.sqrt(entry.commits + 1)) }, () => entry));
const names = Object.keys(attacks);
const tallies = new Map(names.map((name) => [name, { tried: 0, found: 0, named: 0, exact: 0, window: 0, unchanged: 0 }]));
const problems = [];
for (let n = 0; n < count; ) {
  const name = names[n % names.length];
  const entry = weighted[Math.floor(next() * weighted.length)];
  const attack = attacks[name](entry, next, partitions);
  const verdict = attack && judged(entry, attack, log.publicKey);
  const tally = tallies.get(name);
  if (!verdict) {
    tally.unchanged += attack ? 1 : 0;
    continue;
  }
  tally.tried += 1;
  tally.found += verdict.found ? 1 : 0;
  tally.named += verdict.named ? 1 : 0;
  tally.exact += verdict.exact ? 1 : 0;
  // Behind everything that is signed nothing is promised; what is found there all the same must be placed rightly.
  if (verdict.window && !verdict.found) {
    tally.window += 1;
    continue;
  }
  n += 1;
  if (!verdict.named) problems.push(`${name} in ${entry.name} at ${verdict.place.join(' to ')} ${verdict.found ? `was placed at ${verdict.fault?.from ?? verdict.fault?.n} to ${verdict.fault?.seq}: ${verdict.fault?.detail}` : 'was not found'}`);
}

const table = new Table({ head: ['attack', 'tried', 'found', 'place named', 'to the commit', 'not found, behind all signed heads'], style: { head: [], border: [] } });
for (const [name, { tried, window, found, named, exact }] of tallies) table.push([name, tried, found, named, exact, window]);
console.log(table.toString());
const sum = (field) => [...tallies.values()].reduce((total, tally) => total + tally[field], 0);
const promised = sum('tried') - sum('window');
for (const problem of problems.slice(0, 20)) console.log(problem);
const failedBecause = [
  ...(problems.length ? [`${problems.length} of ${promised} attacks were missed or misplaced, with seed ${seed}`] : []),
  ...(sum('window') > count / 10 ? ['more than a tenth lay behind all signed heads: this shows too little'] : []), ...(sum('window') === 0 && count >= 1_000 ? ['nothing lay behind the signed heads: the window was not tried'] : []),
];
const result = { attacks: promised, found: sum('found'), missed: promised - sum('found'), 'place named': sum('named'), 'named to the commit': sum('exact'), 'besides, behind all signed heads and not found': sum('window'), records, 'signed heads': log.heads.length };
if (values.json) writeResults(values.json, { figure: 'audit-attack', command: `npm run audit:attack -- --n ${count} --seed ${seed}`, scale: count >= 10_000 ? 'full' : 'ci', driver: 'postgres', seed, size: `${count.toLocaleString('en')} attacks on a log of ${records.toLocaleString('en')} records`, values: result, failedBecause, seconds: seconds() });
console.log(Object.entries(result).map(([name, value]) => `${name} ${value}`).join(', '), `(${seconds().toFixed(1)} s)`);
console.log(`${sum('named')} passed, ${problems.length} failed`);
process.exit(failedBecause.length === 0 ? 0 : 1);
