import { chain } from '../workflows/chain.mjs';
import { repeat } from './repeat.mjs';

/** W1 and W3: tasks one after the other. Its floor: as many writes and round trips. */
export function chainWorkload({ workload, length, step, target }) {
  const name = `chain-${length}`;
  return {
    name: workload,
    prepare: ({ workspace }) => workspace.apply(chain(name, length, step)),
    async measure({ workspace, repeats, floor }) {
      const values = await repeat(repeats, async () => {
        const { startedAt, endedAt } = await workspace.run(name);
        return endedAt - startedAt;
      });
      return [{ workload, unit: 'ms', values, floor: length * floor.trip, target }];
    },
  };
}
