import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { short } from './numbers.mjs';

const MARKS = ['<!-- bench: written by the command below -->', '<!-- end of bench -->'];

/** Puts the rows, a column for each log, between the marks of a Markdown page. */
export const writePage = (file, rows) => writeBetween(file, MARKS, pageOf(rows));

/** Replaces what stands between two lines of a page. */
export function writeBetween(file, [begin, end], text) {
  const page = readFileSync(file, 'utf8');
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no lines "${begin}" and "${end}" to write between.`);
  writeFileSync(file, `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`);
}

function pageOf(rows) {
  const logs = [...new Set(rows.map(({ log }) => log))];
  const names = [...new Set(rows.map(keyOf))];
  const cells = names.map((name) => [name, ...logs.flatMap((log) => numbersOf(rows.find((one) => one.log === log && keyOf(one) === name)))]);
  const head = ['workload', ...logs.flatMap((log) => [log, 'floors', 'target'])];
  return [
    `${cpus()[0].model}, ${availableParallelism()} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}: medians, \`${['npm run bench --', ...process.argv.slice(2)].join(' ')}\``, '',
    ...[head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...cells].map((line) => `| ${line.join(' | ')} |`),
  ].join('\n');
}

const keyOf = ({ workload, unit }) => `${workload}, ${unit}`;

/** A row's median, how many times its floor that is, and its target, as cells; empty ones where there is no row. */
export function numbersOf(row) {
  if (!row) return ['', '', ''];
  const { median, ratio, target, met } = row;
  return [short(median), short(ratio), target === null ? '' : `${short(target)} ${met ? '✓' : '✗ missed'}`];
}
