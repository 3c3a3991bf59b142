import { backoff, delay, type Ports, type Position } from '@novacron/kernel';
import type { Feed, Followed, Following } from '@novacron/service';
import { SERVICES } from '@novacron/contracts';
import { CursorGap, CursorMoved, type ProjectionStore } from './store.ts';

/** SQLSTATE classes by which the database refuses content, however often it is asked: bad values, broken rules, too large. */
const REFUSED = /^(22|23|54)/;

/** How long who projects is waited for: it may be paused. */
const OTHERS_MS = 2_000;
/** Between looks at how far the rows are by now: while somebody waits for that here, and otherwise. */
const LOOK_MS = 20;
const EASY_LOOK_MS = 50;
/** Who does not project asks so often whether nobody else does. */
const LEASE_MS = 500;

interface Waiter {
  readonly position: Position;
  readonly resolve: (reached: boolean) => void;
}

export interface ProjectorEvents {
  /** The commits are in the log; they may come again. */
  heard?(batch: readonly Followed[]): void;
  /** The commits are in the rows. */
  applied(batch: readonly Followed[]): void;
  /** The database refuses this commit's rows; they are left out. */
  refused(commit: Followed, error: Error): void;
  failed(error: Error): void;
}

/** Follows every topic and keeps the rows up to date; tells who waits for a position. */
export class Projector {
  private following: Following | undefined;
  private readonly stopping = new AbortController();
  private readonly waiters = new Set<Waiter>();
  /** When to ask for the lease again, ms of the monotonic clock. */
  private askAt = 0;
  private readonly store: ProjectionStore;
  private readonly feed: Feed;
  private readonly ports: Ports;
  private readonly events: ProjectorEvents;

  constructor(store: ProjectionStore, feed: Feed, ports: Ports, events: ProjectorEvents) {
    this.store = store;
    this.feed = feed;
    this.ports = ports;
    this.events = events;
  }

  start(): void {
    let outdated = false;
    const following = this.feed.follow(SERVICES, this.store.cursors(), async (batch) => {
      if (outdated || (await this.take(batch))) return;
      // The database was set back behind what this process had seen of the log: what it forgot is read again.
      outdated = true;
      void following.stop();
      this.start();
    });
    this.following = following;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.following?.stop();
    for (const waiter of this.waiters) waiter.resolve(false);
  }

  /** Resolves to true once the rows hold the commit at the position, to false when that takes longer than `ms`. */
  reached(position: Position, ms: number): Promise<boolean> {
    if (this.holds(position)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter = { position, resolve: done.bind(this) };
      const cancel = this.ports.timers.after(ms, () => done.call(this, false));
      this.waiters.add(waiter);
      this.following?.nudge();
      function done(this: Projector, reached: boolean) {
        cancel();
        this.waiters.delete(waiter);
        resolve(reached);
      }
    });
  }

  private holds({ topic, partition, seq }: Position): boolean {
    return this.store.reached(topic, partition) >= seq;
  }

  /** Resolves to true when everything that the topics say by now was heard, to false when that takes longer than `ms`. */
  async current(topics: readonly string[], ms: number): Promise<boolean> {
    return (await this.following?.current(topics, ms)) ?? false;
  }

  nudge(): void {
    this.following?.nudge();
  }

  /** False where the batch cannot be added because the rows before it are gone. */
  private async take(batch: readonly Followed[]): Promise<boolean> {
    this.events.heard?.(batch);
    for (let tries = 1; !this.stopping.signal.aborted; tries++) {
      try {
        if (!(await this.projectedElsewhere(batch))) await this.apply(batch);
        break;
      } catch (error) {
        this.events.failed(error as Error);
        if (error instanceof CursorGap) return false;
        await delay(this.ports.timers, backoff(tries, this.ports.random), this.stopping.signal);
      }
    }
    if (this.stopping.signal.aborted) return true;
    for (const waiter of this.waiters) if (this.holds(waiter.position)) waiter.resolve(true);
    this.events.applied(batch);
    return true;
  }

  /** Of several processes one projects; the others wait until the rows hold the batch, and do it themselves where that takes long. */
  private async projectedElsewhere(batch: readonly Followed[]): Promise<boolean> {
    const { clock, timers } = this.ports;
    const until = clock.monotonic() + OTHERS_MS;
    while (!(await this.leads()) && clock.monotonic() < until && !this.stopping.signal.aborted) {
      await this.store.readMarks();
      if (batch.every((commit) => this.holds(commit))) return true;
      await delay(timers, this.waiters.size > 0 ? LOOK_MS : EASY_LOOK_MS, this.stopping.signal);
    }
    return false;
  }

  private async leads(): Promise<boolean> {
    const { clock } = this.ports;
    if (clock.monotonic() < this.askAt) return false;
    const leads = await this.store.lead();
    if (!leads) this.askAt = clock.monotonic() + LEASE_MS;
    return leads;
  }

  /** One bad record never stops the others: a refused batch is halved until the refused commit stands alone. */
  private async apply(batch: readonly Followed[]): Promise<void> {
    try {
      await this.store.apply(batch);
    } catch (error) {
      if (error instanceof CursorMoved) return this.store.readMarks().then(() => this.store.apply(batch));
      if (!REFUSED.test((error as { code?: string }).code ?? '')) throw error;
      if (batch.length > 1) {
        const middle = batch.length >> 1;
        await this.apply(batch.slice(0, middle));
        await this.apply(batch.slice(middle));
        return;
      }
      this.events.refused(batch[0]!, error as Error);
      await this.store.skip(batch);
    }
  }
}
