import { chainWorkload } from './workloads/chain.mjs';
import { fanOutWorkload } from './workloads/fan-out.mjs';
import { idleWorkload } from './workloads/idle.mjs';
import { latencyWorkload } from './workloads/latency.mjs';
import { processesWorkload } from './workloads/processes.mjs';
import { rebuildWorkload } from './workloads/rebuild.mjs';
import { throughputWorkload } from './workloads/throughput.mjs';

const noop = 'uses: ./tasks/steps.mjs#noop';
const fibo = 'uses: ./tasks/steps.mjs#fibo, params: { n: 10 }';

/** What each log is to reach; nothing where no number was promised. */
const TARGETS = {
  postgres: { w1: 50, idle: [3, 350], w6: [1.5, 10], w3: 900, w4: 300, w4Large: 2500, bytes: 1536, w7: 600, processes: 3, rebuild: 100_000 },
  kafka: { w1: 250, w6: [6], w3: 6_000, w4: 600, w4Large: 4_000, w7: 250 },
};

/** The timed workloads, at the sizes that the targets are stated for. */
const timed = {
  w1First: () => chainWorkload({ workload: 'W1, first', length: 40, step: fibo }),
  w1: (target) => chainWorkload({ workload: 'W1', length: 40, step: fibo, target }),
  w6: (targets) => latencyWorkload({ requests: 1000, targets }),
  w3: (target) => chainWorkload({ workload: 'W3', length: 1000, step: noop, target }),
  w4: (target) => fanOutWorkload({ workload: 'W4 1k', width: 1000, target }),
};

/** Everything, at the sizes that the targets are stated for. */
export function full(log) {
  const targets = TARGETS[log];
  return {
    repeats: 5,
    workloads: [
      timed.w1First(),
      idleWorkload({ seconds: 20, targets: targets.idle }),
      timed.w6(targets.w6),
      timed.w3(targets.w3),
      timed.w1(targets.w1),
      timed.w4(targets.w4),
      fanOutWorkload({ workload: 'W4 10k', width: 10_000, target: targets.w4Large, bytes: { target: targets.bytes } }),
      throughputWorkload({ runs: 1000, target: targets.w7 }),
      processesWorkload({ count: 1000, target: targets.processes }),
      rebuildWorkload({ target: targets.rebuild }),
    ],
  };
}

/** What a process of its own for each service may cost: half as much time again, as stated for Kafka. */
const APART = 1.5;

/** What is measured of every service as a process of its own, W7 first. */
export function apart(log, runs) {
  const { w1, w6, w3, w4, w4Large, w7 } = log === 'kafka' ? TARGETS.kafka : {};
  const longer = (target) => target && APART * target;
  return [
    throughputWorkload({ runs, target: w7 && w7 / APART }),
    timed.w1(longer(w1)),
    timed.w6(w6?.map(longer)),
    timed.w3(longer(w3)),
    timed.w4(longer(w4)),
    fanOutWorkload({ workload: 'W4 10k', width: 10_000, target: longer(w4Large) }),
  ];
}

/** The same at sizes that only show that it works. */
export const quick = () => ({
  repeats: 2,
  workloads: [
    timed.w1First(),
    idleWorkload({ seconds: 3 }),
    latencyWorkload({ requests: 40 }),
    chainWorkload({ workload: 'W3', length: 100, step: noop }),
    fanOutWorkload({ workload: 'W4 100', width: 100 }),
    fanOutWorkload({ workload: 'W4 1k', width: 1000, bytes: {} }),
    throughputWorkload({ runs: 100 }),
    processesWorkload({ count: 50 }),
    rebuildWorkload({}),
  ],
});
