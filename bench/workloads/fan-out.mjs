import { repeat } from './repeat.mjs';

/** W4: one root, `width` no-ops, one join. Its floor: a durable row for each task, one after the other. With `bytes` also what the log grew by. */
export function fanOutWorkload({ workload, width, target, bytes }) {
  return {
    name: workload,
    prepare: ({ workspace }) => workspace.applyFile('fan-out.yaml'),
    async measure({ workspace, database, repeats, floor }) {
      const grown = [];
      const values = await repeat(repeats, async () => {
        const before = bytes ? await logBytes(database) : 0;
        const { startedAt, endedAt } = await workspace.run('fan-out', { width });
        if (bytes) grown.push(((await logBytes(database)) - before) / (width + 2));
        return endedAt - startedAt;
      });
      const time = { workload, unit: 'ms', values, floor: (width + 2) * floor.row, target };
      return bytes ? [time, { workload: 'log on disk', unit: 'bytes a task', values: grown.slice(1), target: bytes.target }] : [time];
    },
  };
}

/** Size on disk of the log's table with its index. */
async function logBytes(database) {
  await database.query('checkpoint');
  const { rows } = await database.query("select pg_total_relation_size('log_segment') as bytes");
  return Number(rows[0].bytes);
}
