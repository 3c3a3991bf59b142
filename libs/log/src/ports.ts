import { randomBytes, randomUUID } from 'node:crypto';
import type { Ports } from '@novacron/kernel';
import type { HostLog } from './host/options.ts';

/** The real clock, timers and randomness. */
export function realPorts(): Ports {
  return {
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    timers: {
      after: (ms, callback) => {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
      yield: (callback) => void setImmediate(callback),
    },
    random: { uuid: () => randomUUID(), number: () => Math.random(), bytes: (count) => randomBytes(count) },
  };
}

export const silentLog: HostLog = { info: () => {}, warn: () => {}, error: () => {} };
