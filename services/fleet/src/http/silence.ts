import { BEAT_MS, QUIET_MS } from '@novacron/contracts';
import { isRefusal, type Ports } from '@novacron/kernel';
import type { ServiceLog } from '@novacron/service';

const CHECK_MS = 1_000;

export interface NodeName {
  readonly pool: string;
  readonly node: string;
}

interface Watched extends NodeName {
  readonly partition: number;
  /** Monotonic, ms. */
  readonly heard: number;
}

export const keyOf = ({ pool, node }: NodeName): string => `${pool}/${node}`;

/** Beats live here, in memory, and never in the log. Only the owner of a pool's partition judges its nodes. */
export class Silence {
  private readonly watched = new Map<string, Watched>();
  /** Partition to the epoch of the claim since which its nodes are watched. */
  private readonly adopted = new Map<number, number>();
  private checkedAt = 0;
  private cancel: () => void = () => {};
  private readonly log: ServiceLog;
  private readonly ports: Ports;
  private readonly judged: (name: NodeName) => void;
  private readonly disowned: (name: NodeName) => void;

  /** `judged` is called for a node found silent, `disowned` for one whose pool another process owns now. */
  constructor(log: ServiceLog, ports: Ports, events: { judged(name: NodeName): void; disowned(name: NodeName): void }) {
    this.log = log;
    this.ports = ports;
    this.judged = events.judged;
    this.disowned = events.disowned;
  }

  start(): void {
    this.checkedAt = this.now();
    this.cancel = this.ports.timers.after(CHECK_MS, () => {
      this.check();
      this.start();
    });
  }

  stop(): void {
    this.cancel();
  }

  hear({ pool, node }: NodeName): void {
    this.watched.set(keyOf({ pool, node }), { pool, node, partition: this.log.partitionOf(pool), heard: this.now() });
  }

  private check(): void {
    const now = this.now();
    // This process did not listen itself (paused, starved): that proves nothing about the agents.
    const deaf = now - this.checkedAt > CHECK_MS + BEAT_MS;
    const owned = this.log.owned();
    this.followClaims(owned);
    for (const name of [...this.watched.values()]) {
      if (!owned.has(name.partition)) this.leave(name);
      else if (deaf) this.hear(name);
      else if (now - name.heard >= QUIET_MS) void this.judge(name);
    }
  }

  /** Agents of a pool that another process owns now go there at once. */
  leaveDisowned(): void {
    const owned = this.log.owned();
    for (const name of [...this.watched.values()]) if (!owned.has(name.partition)) this.leave(name);
  }

  private leave(name: NodeName): void {
    this.watched.delete(keyOf(name));
    this.disowned(name);
  }

  /** No longer watched from here on: a registration during the wait is watched anew and must stay so. */
  private async judge({ pool, node, ...rest }: Watched): Promise<void> {
    const key = keyOf({ pool, node });
    this.watched.delete(key);
    this.judged({ pool, node });
    try {
      await this.log.submitTo(rest.partition, { type: 'JudgeSilent', pool, node });
    } catch {
      // The log is away, or the claim is: judged again at the next check, if still owned.
      if (!this.watched.has(key)) this.watched.set(key, { pool, node, ...rest });
    }
  }

  private followClaims(owned: ReadonlyMap<number, number>): void {
    for (const partition of this.adopted.keys()) if (!owned.has(partition)) this.adopted.delete(partition);
    for (const [partition, epoch] of owned) {
      if (this.adopted.get(partition) === epoch) continue;
      this.adopted.set(partition, epoch);
      void this.adopt(partition);
    }
  }

  /** Nodes that the former owner heard last: their silence counts from now. */
  private async adopt(partition: number): Promise<void> {
    try {
      const answer = await this.log.submitTo(partition, { type: 'ListNodes' });
      if (isRefusal(answer)) return;
      for (const name of answer.reply as unknown as NodeName[]) if (!this.watched.has(keyOf(name))) this.hear(name);
    } catch {
      this.adopted.delete(partition);
    }
  }

  private now(): number {
    return this.ports.clock.monotonic();
  }
}
