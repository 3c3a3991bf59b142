import type { Stepper, Timeline } from '../time/timeline.ts';
import type { Fault, FaultKind } from './kinds.ts';

interface Active {
  readonly fault: Fault;
  left: number;
}

/** Which faults are on, and how often each hit; those that are acts and not states of the world are handed to `act`. */
export class Faults {
  readonly hits = new Map<FaultKind, number>();
  /** Hits while an append was on its way. */
  hitsInFlight = 0;
  /** Appends on their way, by instance. */
  readonly inFlight = new Map<string, number>();
  stoppedAt: number | undefined;
  private readonly active = new Set<Active>();
  /** Acts that wait for an append of their target. */
  private readonly waiting = new Map<string, (() => void)[]>();
  private readonly timeline: Timeline;
  private readonly world: Stepper;

  constructor(timeline: Timeline, world: Stepper) {
    this.timeline = timeline;
    this.world = world;
  }

  begin(schedule: readonly Fault[], act: (fault: Fault) => void): void {
    for (const fault of schedule) {
      this.timeline.schedule(this.world, fault.at, `${fault.kind}: ${fault.target}`, () => {
        if (this.stoppedAt !== undefined) return;
        const active = { fault, left: fault.times };
        this.active.add(active);
        this.timeline.schedule(this.world, fault.lasts, `${fault.kind} ends: ${fault.target}`, () => this.active.delete(active));
        if (!fault.inFlight) return act(fault);
        this.waiting.set(fault.target, [...(this.waiting.get(fault.target) ?? []), () => act(fault)]);
      });
    }
  }

  /** Nothing more goes wrong from now on. */
  stop(): void {
    this.stoppedAt = this.timeline.now;
    this.active.clear();
    this.waiting.clear();
  }

  /** Whether such a fault is on for the target; uses it up by one. */
  meets(kind: FaultKind, target: string): boolean {
    for (const active of this.active) {
      if (active.fault.kind !== kind || active.fault.target !== target || active.left === 0) continue;
      active.left--;
      this.hit(kind);
      return true;
    }
    return false;
  }

  /** Whether it is on, without using it up. */
  on(kind: FaultKind, target: string): boolean {
    for (const { fault } of this.active) if (fault.kind === kind && fault.target === target) return true;
    return false;
  }

  hit(kind: FaultKind): void {
    this.hits.set(kind, (this.hits.get(kind) ?? 0) + 1);
    for (const n of this.inFlight.values()) if (n > 0) return void this.hitsInFlight++;
  }

  /** An append of the instance leaves; what waited for that strikes `soon` after. */
  appending(instance: string, soon: () => number): void {
    this.inFlight.set(instance, (this.inFlight.get(instance) ?? 0) + 1);
    const acts = this.waiting.get(instance);
    if (!acts) return;
    this.waiting.delete(instance);
    for (const act of acts) this.timeline.schedule(this.world, soon(), 'strikes', () => this.stoppedAt === undefined && act());
  }

  appended(instance: string): void {
    this.inFlight.set(instance, Math.max(0, (this.inFlight.get(instance) ?? 0) - 1));
  }
}
