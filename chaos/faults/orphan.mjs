import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from '../../libs/log/dist/embedded/index.js';
import { until } from '../../e2e/waiting.mjs';
import { processes } from '../judge/orphans.mjs';

const BATCH = 30;
const AFTER_MS = 10_000;

/** Agents killed over `n` tasks that have left grandchildren in sessions of their own; 10 s after the agents' return none of those may run. */
export async function orphan(stage, n) {
  for (let done = 0; done < n; done += BATCH) {
    const count = Math.min(BATCH, n - done);
    const runs = await Promise.all(Array.from({ length: count }, () => stage.current.start('daemons')));
    const began = () => readFileSync(stage.journal, 'utf8').split('\n').filter((line) => line.includes('"daemon"') && runs.some((run) => line.includes(`"${run}/only/1"`))).length;
    await until(() => began() >= count, () => `${count} tasks with daemons; ${began()} have them`);
    const theirs = () => processes().filter(({ environment }) => runs.some((run) => environment.includes(`NOVACRON_ATTEMPT=${run}/only/1\0`)));
    // The task's shell, its sleep and its daemon: were they not found alive, nothing would be shown by their absence.
    if (theirs().length < 3 * count) throw new Error(`${theirs().length} processes of ${count} tasks were found before the kill; ${3 * count} expected`);
    for (const node of stage.nodes) {
      const { identity } = stage.system.child(`agent ${node}`);
      stage.hit({ kind: 'agent', target: `agent ${node}`, node });
      signal(identity, 'SIGKILL');
      stage.bringBack(`agent ${node}`);
    }
    await stage.returned();
    await sleep(AFTER_MS);
    stage.orphans.push(...theirs().map(({ pid, command }) => `process ${pid} is left: ${command}`));
    stage.daemons += count;
    await stage.current.ended(runs);
  }
}
