import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../e2e/waiting.mjs';

const HOLD_MS = 6_000;
const MORE_MS = 6_000;

/** The log's disk filled and freed, then an agent's, `n` times each; after each, work must go on by itself. */
export async function disk(stage, n) {
  for (let done = 0; done < n; done += 1) {
    for (const which of ['log', 'agent']) {
      await fillOne(stage, which);
      await goesOn(stage, which);
    }
  }
}

export async function fillOne(stage, which = stage.next() < 0.5 ? 'log' : 'agent') {
  const full = stage.disks[which];
  stage.hit({ kind: `full disk of the ${which}`, target: full.path, ...(which === 'agent' && { node: stage.nodes[0] }) });
  full.fill();
  await sleep(HOLD_MS + MORE_MS * stage.next());
  full.free();
  // Who supervises PostgreSQL starts it again when it gave up.
  if (which === 'log') await stage.system.revivePostgres();
  else if (stage.system.child(`agent ${stage.nodes[0]}`).exitCode !== undefined) stage.startAgent(stage.nodes[0]);
  return true;
}

/** Runs that begin after the disk has room again end. */
async function goesOn({ current }, which) {
  const freed = Date.now();
  await until(() => current.runs.some(({ ackedAt, status }) => ackedAt > freed && status !== undefined), `a run to go through after the disk of the ${which} had room again`, 90_000);
}
