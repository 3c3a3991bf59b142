import type { StartOrder } from '@novacron/contracts';
import { dice, wordOf, type Dice } from '../dice.ts';
import type { UserCode } from '../seam.ts';

type Outcome = UserCode['outcome'];
type FailureClass = 'transient' | 'permanent' | 'data' | 'resource';

const succeeded = (outputs: Extract<Outcome, { kind: 'succeeded' }>['outputs'] = {}): Outcome => ({ kind: 'succeeded', outputs });
const failed = (failureClass: FailureClass): Outcome => ({ kind: 'failed', failure: { class: failureClass, code: 'TaskThrew', message: `it was ${failureClass}` } });

/** Longer than any timeout that the workload gives. */
const ENDLESS = 3_600_000;

/** What a task's code does, by the name of its function; `attempt` counts from 1. */
const BEHAVIOURS: Readonly<Record<string, (d: Dice, attempt: number) => { outcome: Outcome; takes?: number; says?: readonly string[]; stubborn?: boolean }>> = {
  steady: (d) => ({ outcome: succeeded({ n: d.int(100) }) }),
  quick: () => ({ outcome: succeeded(), takes: 0 }),
  talks: (d) => ({ outcome: succeeded({ n: d.int(100) }), says: Array.from({ length: d.between(1, 4) }, (_, i) => `line ${i}`) }),
  flaky: (d, attempt) => ({ outcome: attempt <= d.between(0, 2) ? failed('transient') : succeeded({ n: d.int(100) }) }),
  starved: (_, attempt) => ({ outcome: attempt === 1 ? failed('resource') : succeeded({ n: 1 }) }),
  broken: (d) => ({ outcome: failed(d.pick(['permanent', 'data', 'transient', 'resource'])) }),
  endless: () => ({ outcome: succeeded(), takes: ENDLESS }),
  stubborn: () => ({ outcome: succeeded(), takes: ENDLESS, stubborn: true }),
  counts: (d) => ({ outcome: succeeded({ count: d.tail(3, 8) }) }),
  lists: (d) => ({ outcome: succeeded({ items: Array.from({ length: d.between(0, 4) }, (_, i) => `item ${i}`) }) }),
  // Few numbers: a workflow that its own releases start must come to an end, by a number that is taken.
  trains: (d) => ({ outcome: succeeded({ version: `${d.between(1, 2)}.${d.int(10)}.0`, top1: d.between(60, 99) / 100 }) }),
  garbles: () => ({ outcome: succeeded({ n: 'no number' }) }),
};
export type Behaviour = keyof typeof BEHAVIOURS & string;

/** The same for the same order, whoever gives it and how often. */
export function userCode(seed: number): (order: StartOrder) => UserCode {
  return ({ run, task, attempt, work }) => {
    const name = work.uses?.slice(work.uses.indexOf('#') + 1) ?? work.run?.[0] ?? 'steady';
    const own = dice(seed, wordOf(`${run}/${task}`));
    const { outcome, takes, says = [], stubborn } = (BEHAVIOURS[name] ?? BEHAVIOURS['steady']!)(own, attempt);
    return { takes: takes ?? own.tail(300, 20_000), outcome, says, ...(stubborn && { stubborn }) };
  };
}
