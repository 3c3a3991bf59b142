import { randomBytes, randomUUID } from 'node:crypto';
import type { Ports } from '@novacron/kernel';

/** The real clock, timers and randomness: what a client takes that is given no other. */
export const systemPorts: Ports = {
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
