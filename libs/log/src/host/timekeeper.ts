import type { Ports } from '@novacron/kernel';
import type { TimerInput } from './input.ts';
import type { OwnedPartition } from './partition.ts';

/** The longest wait that a timer of the platform holds. */
const FARTHEST_MS = 2 ** 30;

/** Turns timers of the folded state into inputs when their time has come. */
export class Timekeeper {
  private readonly ports: Ports;
  private readonly due: (input: TimerInput) => void;

  constructor(ports: Ports, due: (input: TimerInput) => void) {
    this.ports = ports;
    this.due = due;
  }

  /** Waits for the partition's next timer; called again whenever its timers changed. */
  arm(owned: OwnedPartition): void {
    owned.cancelWake?.();
    owned.cancelWake = undefined;
    const next = owned.nextTimer();
    if (!next || !owned.open) return;
    const { clock, timers } = this.ports;
    owned.cancelWake = timers.after(Math.min(Math.max(0, next.at - clock.now()), FARTHEST_MS), () => {
      owned.cancelWake = undefined;
      const ids = owned.dueTimers(clock.now());
      if (ids.length === 0) return this.arm(owned);
      for (const id of ids) this.due({ kind: 'timer', target: owned, id });
    });
  }
}
