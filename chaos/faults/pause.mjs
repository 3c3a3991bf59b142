import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from '../../libs/log/dist/embedded/index.js';
import { agentTarget, serviceTarget, taskTarget } from '../targets.mjs';

const AT_ONCE = 4;
const SHARES = [[0.5, serviceTarget], [0.35, agentTarget], [0.15, taskTarget]];

/** SIGSTOP, and SIGCONT 1 s to `longest` s later, log-uniform; several at once, `n` in all. */
export async function pause(stage, n, { longest = 60 } = {}) {
  let left = n;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left > 0) {
      left -= 1;
      while (!(await pauseOne(stage, longest))) await sleep(200);
      await sleep(500 + 1_000 * stage.next());
    }
  }));
}

export async function pauseOne(stage, longest) {
  const found = await stage.choose(SHARES);
  if (!found) return false;
  const { identity, kind, ...fault } = found;
  const ms = Math.round(1_000 * longest ** stage.next());
  stage.hit({ kind: `pause of ${kind}`, ms, ...fault });
  stage.away.add(fault.target);
  try {
    if (!signal(identity, 'SIGSTOP')) return true;
    await sleep(ms);
    signal(identity, 'SIGCONT');
  } finally {
    stage.away.delete(fault.target);
  }
  return true;
}
