import Table from 'cli-table3';
import { median, short } from './numbers.mjs';

/** One line of the result: what was measured, several times, against its floor and its target. */
export function row({ workload, unit, values, floor = null, target = null, higherIsBetter = false }) {
  const middle = median(values);
  return {
    workload, unit, median: middle, min: Math.min(...values), max: Math.max(...values), floor,
    ratio: floor === null ? null : higherIsBetter ? floor / middle : middle / floor,
    target, met: target === null ? null : higherIsBetter ? middle >= target : middle <= target,
  };
}

export function print(rows) {
  const table = new Table({ head: ['workload', 'unit', 'median', 'min', 'max', 'floor', 'ratio', 'target', 'met'], style: { head: [], border: [] }, colAligns: ['left', 'left', ...Array(6).fill('right'), 'left'] });
  for (const { workload, unit, met, ...numbers } of rows) {
    const { median: middle, min, max, floor, ratio, target } = numbers;
    table.push([workload, unit, ...[middle, min, max, floor, ratio, target].map(short), met === null ? '' : met ? 'yes' : 'NO']);
  }
  console.log(table.toString());
}
