import { encodeSnapshot, thin } from '../snapshot.ts';
import type { HostOptions } from './options.ts';
import type { OwnedPartition } from './partition.ts';

const COMMITS = 10_000;
const AGE_MS = 5 * 60_000;

/** Saves confirmed states beside the log, now and then; a failure only means that the next restart reads more. */
export class SnapshotKeeper {
  private readonly due = new WeakMap<OwnedPartition, { commits: number; since: number }>();
  private readonly options: HostOptions;

  constructor(options: HostOptions) {
    this.options = options;
  }

  /** A commit of the partition is confirmed. */
  count(owned: OwnedPartition): void {
    const due = this.due.get(owned) ?? { commits: 0, since: this.options.ports.clock.monotonic() };
    due.commits++;
    this.due.set(owned, due);
    if (due.commits >= COMMITS) void this.take(owned);
  }

  /** Takes those that are due by time. */
  async takeDue(partitions: Iterable<OwnedPartition>): Promise<void> {
    const now = this.options.ports.clock.monotonic();
    for (const owned of partitions) if (now - (this.due.get(owned)?.since ?? now) > AGE_MS) await this.take(owned);
  }

  async take(owned: OwnedPartition): Promise<void> {
    const { snapshots, log } = this.options;
    this.due.delete(owned);
    try {
      await snapshots.save(owned.topic, owned.partition, encodeSnapshot(owned.snapshot()));
      const old = thin(await snapshots.list(owned.topic, owned.partition));
      if (old.length) await snapshots.remove(owned.topic, owned.partition, old);
    } catch (error) {
      log.warn('no snapshot', { partition: owned.name, error: (error as Error).message });
    }
  }
}
