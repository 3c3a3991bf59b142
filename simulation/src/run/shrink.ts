import type { Case, Outcome } from './seed.ts';

/** Cases tried at most while shrinking, and time for it. */
const TRIES = 120;

/** A smaller case that fails as well: fewer faults by halves, then fewer clients, then fewer steps of each. */
export async function shrink(one: Case, first: Outcome, run: (one: Case) => Promise<Outcome>, timeIsUp: () => boolean): Promise<{ readonly case: Case; readonly outcome: Outcome }> {
  let best = { case: one, outcome: first };
  let tries = 0;
  const fails = async (smaller: Case): Promise<boolean> => {
    if (tries++ >= TRIES || timeIsUp()) return false;
    const outcome = await run(smaller);
    if (outcome.violations.length === 0) return false;
    best = { case: smaller, outcome };
    return true;
  };
  const kept = one.faults ?? first.faults.map((_, i) => i);
  await fewer(kept, (faults) => fails({ ...best.case, faults }));
  for (const clients of [0, 1, 2, 3, 4]) if (await fails({ ...best.case, clients })) break;
  for (const steps of [0, 1, 2, 3, 5, 8]) if (await fails({ ...best.case, steps })) break;
  await fewer(best.case.faults ?? kept, (faults) => fails({ ...best.case, faults }));
  return best;
}

/** Delta debugging (Zeller, Hildebrandt 2002): leaves out halves, quarters, … as long as what is left still fails. */
async function fewer(items: readonly number[], fails: (items: readonly number[]) => Promise<boolean>): Promise<void> {
  let left = [...items];
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < left.length;) {
      const without = [...left.slice(0, from), ...left.slice(from + size)];
      if (await fails(without)) left = without;
      else from += size;
    }
  }
}
