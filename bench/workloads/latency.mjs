import { quantile } from '../numbers.mjs';

/** W6: single requests, each when the one before it is over; from the request sent to the first line of user code. */
export function latencyWorkload({ requests, targets }) {
  return {
    name: 'W6',
    prepare: ({ workspace }) => workspace.applyFile('single.yaml'),
    async measure({ workspace, repeats, floor }) {
      const rounds = [];
      for (let round = 0; round < repeats; round++) rounds.push(await oneRound(workspace, Math.ceil(requests / repeats)));
      const rowAt = (part, name, target) => ({ workload: `W6 ${name}`, unit: 'ms', values: rounds.map((latencies) => quantile(latencies, part)), floor: floor.trip, target });
      return [rowAt(0.5, 'p50', targets?.[0]), rowAt(0.99, 'p99', targets?.[1])];
    },
  };
}

/** Both sides read the machine's monotonic clock. */
async function oneRound(workspace, requests) {
  const started = [];
  for (let i = 0; i < requests; i++) {
    let sentAt;
    const { run } = await workspace.run('single', {}, () => (sentAt = process.hrtime.bigint()));
    started.push({ run, sentAt });
  }
  const latencies = [];
  for (const { run, sentAt } of started) {
    const { tasks } = await workspace.show(run);
    latencies.push(Number(BigInt(tasks[0].outputs.at) - sentAt) / 1e6);
  }
  return latencies;
}
