import { setTimeout as sleep } from 'node:timers/promises';

export { freePort } from '../libs/log/dist/testing/index.js';

const LOOK_MS = 25;

/** What `look` finds, as soon as it finds something; rejects after `ms` with what was waited for. */
export async function until(look, what, ms = 60_000) {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`waited ${ms / 1000} s in vain for ${typeof what === 'function' ? what() : what}`);
    await sleep(LOOK_MS);
  }
}
