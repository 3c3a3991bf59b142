import { setTimeout as delay } from 'node:timers/promises';
import { keepInFlight } from './throughput.mjs';

/** So many, so that some are decided in each process. */
const WORKFLOWS = Array.from({ length: 8 }, (_, n) => `quiet-${n}`);
const PAUSE_MS = 400;
/** Until the load's processes have found their pace. */
const SETTLE_MS = 5_000;

/** What others' load costs who starts a run now and then: single tasks of eight workflows in turn, alone and beside W7's load; from the request sent to the run's end. */
export function quietWorkload({ runs }) {
  return {
    name: 'quiet',
    async prepare({ workspace }) {
      await workspace.applyFile('three-steps.yaml');
      for (const name of WORKFLOWS) {
        await workspace.applyFile('single.yaml', name);
        await workspace.run(name);
      }
    },
    async measure({ workspace }) {
      const alone = await oneByOne(workspace, runs);
      let loaded = true;
      const load = keepInFlight(workspace, () => loaded);
      await delay(SETTLE_MS);
      const beside = await oneByOne(workspace, runs);
      loaded = false;
      await load;
      return [{ workload: 'quiet run, alone', unit: 'ms', values: alone }, { workload: 'quiet run beside W7', unit: 'ms', values: beside }];
    },
  };
}

async function oneByOne(workspace, runs) {
  const times = [];
  for (let n = 0; n < runs; n++) {
    const { startedAt, endedAt } = await workspace.run(WORKFLOWS[n % WORKFLOWS.length]);
    times.push(endedAt - startedAt);
    await delay(PAUSE_MS);
  }
  return times;
}
