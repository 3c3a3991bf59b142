import { Worker } from 'node:worker_threads';
import type { Case } from './seed.ts';
import type { Told } from './tally.ts';

const CHUNK = 10;

/** Runs cases on so many threads; `told` hears of each as it ends. */
export function runAll(cases: readonly Case[], threads: number, told: (outcome: Told) => void): Promise<void> {
  let next = 0;
  const chunk = (): readonly Case[] => cases.slice(next, (next += CHUNK));
  return Promise.all(Array.from({ length: Math.min(threads, cases.length) }, () => new Promise<void>((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url));
    const more = (): void => {
      const some = chunk();
      if (some.length > 0) return worker.postMessage(some);
      resolve();
      void worker.terminate();
    };
    worker.on('message', (message: Told | 'more') => (message === 'more' ? more() : told(message)));
    worker.on('error', reject);
    more();
  }))).then(() => undefined);
}
