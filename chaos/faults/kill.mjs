import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from '../../libs/log/dist/embedded/index.js';
import { agentTarget, backendTarget, serviceTarget, taskTarget } from '../targets.mjs';

/** How often each kind is hit; a service's owner most of all. */
const SHARES = [[0.5, serviceTarget], [0.25, agentTarget], [0.15, taskTarget], [0.1, backendTarget]];
const LEAST_MS = 600;
const MORE_MS = 1_000;
/** To find a target means to read the log, beside which a busy machine decides little: the moment of the hit is not to follow from that. */
const ASIDE_MS = 200;

/** kill -9 of random processes, `n` in all; each comes back at once. */
export async function kill(stage, n) {
  for (let done = 0; done < n; ) {
    await sleep(LEAST_MS + MORE_MS * stage.next());
    if (await killOne(stage)) done += 1;
  }
  await stage.returned();
}

export async function killOne(stage) {
  const found = await stage.choose(SHARES);
  if (!found) return false;
  if (stage.replies) await sleep(ASIDE_MS * stage.next());
  const { identity, ...fault } = found;
  const noted = stage.hit(fault);
  if (!signal(identity, 'SIGKILL')) {
    stage.forget(noted);
    return false; // it ended by itself
  }
  if (found.kind === 'service' || found.kind === 'agent') stage.bringBack(found.target);
  return true;
}
