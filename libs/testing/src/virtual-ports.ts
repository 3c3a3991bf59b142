import type { Ports } from '@novacron/kernel';

/** Ports whose time passes only by `advance`; yielding stays real, so that sockets can be used beside them. Randomness is a fixed sequence. */
export class VirtualPorts implements Ports {
  private time = 0;
  private wall: number;
  private count = 0;
  private readonly due: { at: number; order: number; callback: () => void }[] = [];

  constructor(wall = 1_800_000_000_000) {
    this.wall = wall;
  }

  readonly clock = { now: () => this.wall + this.time, monotonic: () => this.time };

  readonly timers = {
    after: (ms: number, callback: () => void) => {
      const timer = { at: this.time + ms, order: this.count++, callback };
      this.due.push(timer);
      return () => {
        const i = this.due.indexOf(timer);
        if (i >= 0) this.due.splice(i, 1);
      };
    },
    yield: (callback: () => void) => void setImmediate(callback),
  };

  readonly random = {
    uuid: () => `00000000-0000-4000-8000-${(this.count++).toString(16).padStart(12, '0')}`,
    number: () => 0.5,
    bytes: (count: number) => new Uint8Array(count).fill(7),
  };

  /** `ms` pass while this process does not run (stopped, starved): what fell due meanwhile fires late, at the next `advance`. */
  pause(ms: number): void {
    this.time += ms;
  }

  /** Lets `ms` pass: fires what is due in order, and lets promises and I/O go on after each. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      const next = this.due.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!next) break;
      this.due.splice(this.due.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.callback();
      await turn();
    }
    this.time = end;
    await turn();
  }
}

/** One turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Waits for a signal, turn by turn; fails with the sentence after 30 s, which only ends what hangs, also on a machine that does much else. */
export async function until(condition: () => unknown, sentence: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited 30 s in vain: ${sentence}`);
    await turn();
  }
}
