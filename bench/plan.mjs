import { chainWorkload } from './workloads/chain.mjs';
import { fanOutWorkload } from './workloads/fan-out.mjs';
import { idleWorkload } from './workloads/idle.mjs';
import { latencyWorkload } from './workloads/latency.mjs';
import { processesWorkload } from './workloads/processes.mjs';
import { rebuildWorkload } from './workloads/rebuild.mjs';
import { throughputWorkload } from './workloads/throughput.mjs';

const noop = 'uses: ./tasks/steps.mjs#noop';
const fibo = 'uses: ./tasks/steps.mjs#fibo, params: { n: 10 }';

/** Everything, at the sizes that the targets are stated for. */
export const full = {
  repeats: 5,
  workloads: [
    chainWorkload({ workload: 'W1', length: 40, step: fibo, target: 50 }),
    idleWorkload({ seconds: 20, targets: [3, 350] }),
    latencyWorkload({ requests: 1000, targets: [1.5, 10] }),
    chainWorkload({ workload: 'W3', length: 1000, step: noop, target: 900 }),
    fanOutWorkload({ workload: 'W4 1k', width: 1000, target: 300 }),
    fanOutWorkload({ workload: 'W4 10k', width: 10_000, target: 2500, bytes: { target: 1536 } }),
    throughputWorkload({ runs: 1000, target: 600 }),
    processesWorkload({ count: 1000, target: 3 }),
    rebuildWorkload({ target: 100_000 }),
  ],
};

/** The same at sizes that only show that it works. */
export const quick = {
  repeats: 2,
  workloads: [
    chainWorkload({ workload: 'W1', length: 40, step: fibo, target: null }),
    idleWorkload({ seconds: 3 }),
    latencyWorkload({ requests: 40 }),
    chainWorkload({ workload: 'W3', length: 100, step: noop, target: null }),
    fanOutWorkload({ workload: 'W4 100', width: 100, target: null }),
    fanOutWorkload({ workload: 'W4 1k', width: 1000, target: null, bytes: { target: null } }),
    throughputWorkload({ runs: 100, target: null }),
    processesWorkload({ count: 50, target: null }),
    rebuildWorkload({ target: null }),
  ],
};
