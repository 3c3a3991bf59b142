import { repeat } from './repeat.mjs';

/** W4: one root, `width` no-ops, one join. Its floor: a write for each task, one after the other. With `bytes` also what the log grew by. */
export function fanOutWorkload({ workload, width, target, bytes }) {
  return {
    name: workload,
    prepare: ({ workspace }) => workspace.applyFile('fan-out.yaml'),
    async measure({ workspace, logBytes, repeats, floor }) {
      const grown = [];
      const values = await repeat(repeats, async () => {
        const before = bytes ? await logBytes() : 0;
        const { startedAt, endedAt } = await workspace.run('fan-out', { width });
        if (bytes) grown.push(((await logBytes()) - before) / (width + 2));
        return endedAt - startedAt;
      });
      const time = { workload, unit: 'ms', values, floor: (width + 2) * floor.write, target };
      return bytes ? [time, { workload: 'log on disk', unit: 'bytes a task', values: grown.slice(1), target: bytes.target }] : [time];
    },
  };
}
