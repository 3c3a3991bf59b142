import type { Timers } from '@novacron/kernel';

/** What the promise brings, or what `otherwise` makes, thrown, where it brings nothing in `ms`. */
export function within<T>(timers: Timers, ms: number, promise: Promise<T>, otherwise: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timers.after(ms, () => reject(otherwise()));
    promise.then(resolve, reject).finally(cancel);
  });
}
