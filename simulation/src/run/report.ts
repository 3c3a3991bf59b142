import type { Fault } from '../faults/kinds.ts';
import type { Taken } from '../time/timeline.ts';
import type { Case, Outcome } from './seed.ts';

const LAST_STEPS = 60;
const LAST_WORDS = 20;

export const stepLine = ({ n, at, by, label }: Taken): string => `${String(n).padStart(8)}  ${(at / 1_000).toFixed(4).padStart(10)} s  ${by.padEnd(10)} ${label}`;

const faultLine = (fault: Fault, i: number, kept: boolean): string =>
  `  ${kept ? ' ' : '-'} ${String(i).padStart(2)}  ${(fault.at / 1_000).toFixed(3)} s  ${fault.kind}: ${fault.target}, ${(fault.lasts / 1_000).toFixed(1)} s${fault.inFlight ? ', in the middle of an append' : ''}`;

/** What a person needs to understand a case that failed. */
export function explain(one: Case, { violations, faults, last, says, joint, lasted, commits }: Outcome): string {
  return [
    `seed ${one.seed} (${one.size}, ${joint ? 'joint appends' : 'a lane per partition'}): ${commits} commits in ${(lasted / 1_000).toFixed(1)} s of its own time`,
    ...violations.slice(0, 8).map(({ invariant, what, where }) => `  invariant ${invariant}: ${what}\n    at ${where}`),
    ...(violations.length > 8 ? [`  … and ${violations.length - 8} more`] : []),
    'its faults:', ...faults.map((fault, i) => faultLine(fault, i, one.faults?.includes(i) ?? true)),
    'what was said last:', ...says.slice(-LAST_WORDS).map((line) => `  ${line.slice(0, 300)}`),
    'the last steps:', ...last.slice(-LAST_STEPS).map(stepLine),
  ].join('\n');
}
