/** npm run e2e:kill -- --n N [--seed S]: the main example as npm start runs it, with one process killed at a moment chosen uniformly over its length. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { random } from '../random.mjs';
import { Round } from './round.mjs';
import { KINDS } from './targets.mjs';

const { values } = parseArgs({ args: process.argv.slice(3), options: { n: { type: 'string', default: '20' }, seed: { type: 'string' }, only: { type: 'string' } } });
const count = Number(values.n);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const kinds = values.only?.split(',') ?? KINDS;
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed) || kinds.some((kind) => !KINDS.includes(kind))) throw new Error(`use --n N, a whole number from 1, and --seed S; --only takes ${KINDS.join(', ')}`);

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const place = mkdtempSync(join(tmpdir(), 'novacron-kill-'));
const next = random(seed);
console.log(`seed ${seed}, data in ${place}`);

const undisturbed = await new Round(join(place, 'undisturbed')).run();
if (undisturbed.problems.length > 0) {
  console.log(`the undisturbed run went wrong: ${undisturbed.problems.join('; ')}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}
console.log(`undisturbed: ${seconds(undisturbed.ms)}, ${undisturbed.counts.runs} runs, ${undisturbed.counts.tasks} tasks, ${undisturbed.counts.messages} messages\n`);

const table = new Table({ head: ['#', 'killed', 'at', 'took', 'starts', 'tasks', 'executions', 'succeeded ran again', 'ids beyond one', 'runs for 1.1.0', 'outcome'], style: { head: [], border: [] } });
const offset = Math.floor(next() * kinds.length);
let failed = 0;
for (let n = 1; n <= count; n += 1) {
  const kind = kinds[(n + offset) % kinds.length];
  for (let attempt = 1; ; attempt += 1) {
    const dir = join(place, `${n}-${kind.replaceAll(' ', '-')}-${attempt}`);
    const moment = next() * undisturbed.ms;
    const result = await new Round(dir, { kind, moment, next, expected: undisturbed.counts }).run();
    if (result.killedAt === undefined && result.problems.length === 0 && attempt < 20) {
      rmSync(dir, { recursive: true });
      continue; // it ended before: no kill, no round
    }
    const { counts, problems, killedAt } = result;
    if (killedAt === undefined) problems.push('nothing was killed');
    if (problems.length > 0) failed += 1;
    else rmSync(dir, { recursive: true });
    const outcome = problems.length === 0 ? 'passed' : 'FAILED';
    table.push([n, kind, seconds(moment), seconds(result.ms), result.starts, counts.tasks, counts.executions, `${counts.again}${counts.excused ? ` (+${counts.excused} unreported)` : ''}`, counts.ids, counts.fired.get('1.1.0') ?? 0, outcome]);
    console.log(`${n}/${count} ${outcome}: ${kind} after ${seconds(moment)}, ended after ${seconds(result.ms)}${problems.map((problem) => `\n    ${problem}`).join('')}${problems.length ? `\n    killed at ${killedAt && new Date(killedAt).toISOString()}, see ${dir}` : ''}`);
    break;
  }
}
console.log(`\n${table.toString()}`);
if (failed === 0) rmSync(place, { recursive: true });
console.log(`${count - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
