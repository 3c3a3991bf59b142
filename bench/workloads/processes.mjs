import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { repeat } from './repeat.mjs';

/** Process tasks of `true`, against spawning as many with nothing around them. */
export function processesWorkload({ count, target }) {
  return {
    name: 'processes',
    prepare: ({ workspace }) => workspace.applyFile('processes.yaml'),
    async measure({ workspace, repeats }) {
      const values = await repeat(Math.min(3, repeats), async () => {
        const plain = await spawnAll(count);
        const { startedAt, endedAt } = await workspace.run('processes', { count });
        return (endedAt - startedAt) / plain;
      });
      return [{ workload: `${count} processes`, unit: 'times plain', values, target }];
    },
  };
}

/** Ms for as many processes of `true`, as many at a time as there are cores. */
async function spawnAll(count) {
  const start = performance.now();
  let started = 0;
  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    while (started++ < count) await new Promise((resolve, reject) => spawn('true', { stdio: ['ignore', 'pipe', 'pipe'] }).on('error', reject).on('close', resolve));
  }));
  return performance.now() - start;
}
