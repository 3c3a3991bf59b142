/** Everything outside that owner loop, drivers, effects and agent touch; simulation gives seeded ones. Times in ms. */
export interface Ports {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
}

export interface Clock {
  /** Wall clock, ms since the epoch. */
  now(): number;
  /** Never goes back; origin undefined; ms with fractions. */
  monotonic(): number;
}

export interface Timers {
  /** Calls back once after `ms`; returns what cancels it. */
  after(ms: number, callback: () => void): () => void;
  /** Lets other work (I/O) run before the callback. */
  yield(callback: () => void): void;
}

export interface Random {
  uuid(): string;
  /** In [0, 1). */
  number(): number;
  bytes(count: number): Uint8Array;
}

/** Waits `ms`, or less when the signal aborts. */
export function delay(timers: Timers, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const cancel = timers.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
    function done() {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}

/** Delay before try `n` (1, 2, …): full jitter over an exponential (AWS Architecture Blog, Exponential Backoff And Jitter). */
export function backoff(n: number, random: Random, initial = 100, max = 30_000): number {
  return random.number() * Math.min(max, initial * 2 ** Math.min(n, 30));
}

/** A wait that ends after a time or when it is rung, whichever comes first; ringing while nobody waits ends the next wait at once. */
export class Alarm {
  private end: (() => void) | undefined;
  private rung = false;
  private readonly timers: Timers;

  constructor(timers: Timers) {
    this.timers = timers;
  }

  ring(): void {
    if (this.end) this.end();
    else this.rung = true;
  }

  wait(ms: number): Promise<void> {
    if (this.rung) {
      this.rung = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const cancel = this.timers.after(ms, () => this.end?.());
      this.end = () => {
        cancel();
        this.end = undefined;
        resolve();
      };
    });
  }
}
