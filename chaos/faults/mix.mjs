import { setTimeout as sleep } from 'node:timers/promises';
import { fillOne } from './disk.mjs';
import { killOne } from './kill.mjs';
import { cutOne } from './net.mjs';
import { pauseOne } from './pause.mjs';
import { restartOne } from './postgres.mjs';

const LONGEST_PAUSE_S = 30;
const AT_ONCE = 3;
/** A take-over that takes longer is late, whatever happens after. */
const TAKE_OVER_MS = 3_000;
/** Packets vanish, and TCP sends them again after ever longer pauses. */
const isCut = (kind) => kind !== 'pause of service' && kind.endsWith(' of service');

/** All faults at random, up to three at once, `n` in all. What concerns PostgreSQL's process or disk happens one at a time. */
export async function mix(stage, n) {
  let left = n;
  let database = false;
  const before = stage.faults.length;
  const alone = async (fault) => {
    if (database) return false;
    database = true;
    return fault().finally(() => (database = false));
  };
  const shares = [
    [0.45, () => killOne(stage)], [0.2, () => pauseOne(stage, LONGEST_PAUSE_S)], [0.2, () => cutOne(stage)],
    [0.1, () => alone(() => restartOne(stage))], [0.03, () => alone(() => fillLog(stage))], [0.02, () => fillOne(stage, 'agent')],
  ];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left > 0) {
      left -= 1;
      while (!(await stage.pick(shares)())) await sleep(200);
      await sleep(1_000 + 1_500 * stage.next());
    }
  }));
  await stage.returned();
  setApart(stage.faults.slice(before));
}

async function fillLog(stage) {
  const filled = fillOne(stage, 'log');
  const noted = stage.faults.at(-1);
  await filled;
  noted.ms = Date.now() - noted.at;
  return true;
}

/**
 * Who takes over needs the log, and itself: of a kill during which one of them was missing the time would only say for how long, so it is not counted as a take-over. Who was cut off is missing for up to
 * as long again: TCP doubles its pauses. Restarts of PostgreSQL the judge sees by itself.
 */
export function setApart(faults) {
  const missing = faults.filter(({ kind }) => kind === 'full disk of the log' || kind.endsWith(' of service')).map(({ kind, at, ms }) => ({ at, until: at + (isCut(kind) ? 2 : 1) * ms }));
  for (const kill of faults.filter(({ kind }) => kind === 'service')) {
    if (missing.some(({ at, until }) => at < kill.at + TAKE_OVER_MS && until > kill.at)) kill.kind = 'service amid another fault';
  }
}
