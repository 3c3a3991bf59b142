import { repeat } from './repeat.mjs';

const IN_FLIGHT = 64;

/** W7: runs of three steps, 64 of them in flight, from the first request to the last run's end. Its floor: one step after the other. */
export function throughputWorkload({ runs, target }) {
  return {
    name: 'W7',
    prepare: ({ workspace }) => workspace.applyFile('three-steps.yaml'),
    async measure({ workspace, repeats, floor }) {
      const values = await repeat(repeats, async () => {
        const startedAt = Date.now();
        let started = 0;
        const lastEnd = await keepInFlight(workspace, () => started++ < runs);
        return (1000 * runs) / (lastEnd - startedAt);
      });
      return [{ workload: 'W7', unit: 'runs/s', values, floor: 1000 / (3 * floor.trip), target, higherIsBetter: true }];
    },
  };
}

/** Runs of three steps, 64 at a time, as long as another is wanted; answers when the last one ended by the log, ms since the epoch. */
export async function keepInFlight(workspace, another) {
  let lastEnd = 0;
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (another()) lastEnd = Math.max(lastEnd, (await workspace.run('three-steps')).endedAt);
  }));
  return lastEnd;
}
