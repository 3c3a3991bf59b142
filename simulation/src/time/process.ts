import type { Ports } from '@novacron/kernel';
import type { Dice } from '../dice.ts';
import type { Step, Stepper, Timeline } from './timeline.ts';

/** Virtual time begins here; in UTC, so that no time zone of the machine matters. */
export const EPOCH = 1_800_000_000_000;

/** Something with a clock and timers of its own that can be paused and killed: whatever it does goes through its ports, which are dead when it is. */
export class Process implements Stepper {
  alive = true;
  frozen: Step[] | undefined;
  /** By how much its wall clock is wrong, ms. */
  skew = 0;
  readonly ports: Ports;
  readonly name: string;
  readonly timeline: Timeline;
  readonly dice: Dice;
  /** Called at named points of the code that wrappers around ports see; a test of crashes kills there. */
  point: (name: string) => void = () => {};
  private readonly ending: (() => void)[] = [];
  private yieldedAt = 0;
  private ids = 0;

  constructor(timeline: Timeline, name: string, dice: Dice) {
    this.timeline = timeline;
    this.name = name;
    this.dice = dice;
    this.ports = {
      clock: { now: () => Math.floor(EPOCH + timeline.now + this.skew), monotonic: () => timeline.now },
      timers: {
        // As setTimeout does: no earlier, up to a ms later.
        after: (ms, callback) => this.after(Math.max(1, ms) + dice.number(), 'timer', callback),
        yield: (callback) => {
          // In order, as setImmediate calls back.
          this.yieldedAt = Math.max(this.yieldedAt, timeline.now + dice.number() / 20);
          this.after(this.yieldedAt - timeline.now, 'turn', callback);
        },
      },
      random: {
        uuid: () => `${name}-${(this.ids++).toString(36)}-${dice.int(1 << 30).toString(36)}`,
        number: () => dice.number(),
        bytes: (count) => Uint8Array.from({ length: count }, () => dice.int(256)),
      },
    };
  }

  /** A step of this process, later; returns what takes it back. */
  after(ms: number, label: string, run: () => void): () => void {
    if (!this.alive) return () => {};
    const step = this.timeline.schedule(this, ms, label, run);
    return () => void (step.run = undefined);
  }

  pause(): void {
    this.frozen ??= [];
  }

  resume(): void {
    const steps = this.frozen;
    this.frozen = undefined;
    if (steps) this.timeline.thaw(steps);
  }

  /** From here on nothing that it does has any effect. */
  die(): void {
    if (!this.alive) return;
    this.alive = false;
    this.frozen = undefined;
    for (const end of this.ending.splice(0)) end();
  }

  /** What the world does when it dies: the kernel closes its sockets. */
  onDeath(end: () => void): void {
    this.ending.push(end);
  }
}
