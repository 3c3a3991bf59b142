import { setTimeout as sleep } from 'node:timers/promises';
import { fillOne } from './disk.mjs';
import { killOne } from './kill.mjs';
import { cutOne } from './net.mjs';
import { pauseOne } from './pause.mjs';
import { restartOne } from './postgres.mjs';

const LONGEST_PAUSE_S = 30;
const AT_ONCE = 3;

/** All faults at random, up to three at once, `n` in all. What concerns PostgreSQL's process or disk happens one at a time. */
export async function mix(stage, n) {
  let left = n;
  let database = false;
  const alone = async (fault) => {
    if (database) return false;
    database = true;
    return fault().finally(() => (database = false));
  };
  const shares = [
    [0.45, () => killOne(stage)], [0.2, () => pauseOne(stage, LONGEST_PAUSE_S)], [0.2, () => cutOne(stage)],
    [0.1, () => alone(() => restartOne(stage))], [0.03, () => alone(() => fillOne(stage, 'log'))], [0.02, () => fillOne(stage, 'agent')],
  ];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left > 0) {
      left -= 1;
      while (!(await stage.pick(shares)())) await sleep(200);
      await sleep(1_000 + 1_500 * stage.next());
    }
  }));
  await stage.returned();
}
