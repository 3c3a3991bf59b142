import { randomBytes, randomUUID } from 'node:crypto';
import type { Ports } from './ports.ts';

/** The real clock, timers and randomness of this process. */
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
