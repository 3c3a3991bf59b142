import { decodeSnapshot, encodeSnapshot, thin, type Snapshot } from '../snapshot.ts';
import type { HostOptions } from './options.ts';
import type { OwnedPartition } from './partition.ts';

/** A take-over folds what lies behind the newest snapshot, for each partition: a fraction of a second. */
const COMMITS = 2_000;
const AGE_MS = 5 * 60_000;

/** The newest snapshot that is known here: the commit behind which the log has to be folded, and what it cost. */
interface Newest {
  readonly seq: number;
  readonly rows: number;
  /** Monotonic, ms. */
  readonly at: number;
}

/** Saves confirmed states beside the log, now and then, and restores them; a failure only means that the next restart reads more. */
export class SnapshotKeeper {
  private readonly newest = new WeakMap<OwnedPartition, Newest>();
  private readonly options: HostOptions;

  constructor(options: HostOptions) {
    this.options = options;
  }

  /** Brings a new partition to its newest good snapshot, if it has one. */
  async restore(owned: OwnedPartition): Promise<void> {
    const { snapshots, log } = this.options;
    for (const seq of await snapshots.list(owned.topic, owned.partition)) {
      const stored = await snapshots.load(owned.topic, owned.partition, seq);
      const snapshot = stored && decodeSnapshot(stored, owned.definition.foldVersion);
      if (snapshot) {
        try {
          owned.restore(snapshot);
          return this.know(owned, snapshot);
        } catch {
          owned.clear();
        }
      }
      log.warn('a snapshot is not used: damaged or of another fold version', { partition: owned.name, seq });
    }
  }

  /** A commit of the partition is confirmed. What lies behind the snapshot counts, whoever decided it: else owners that live briefly would leave it to grow. */
  count(owned: OwnedPartition): void {
    const { seq, rows } = this.newest.get(owned) ?? NONE;
    // Not before as many commits as it has rows: the cost of a snapshot is a fixed share of a commit, however large the state.
    if (headOf(owned) - seq >= Math.max(COMMITS, rows)) void this.take(owned);
  }

  /** Takes those that are due by time. */
  async takeDue(partitions: Iterable<OwnedPartition>): Promise<void> {
    const now = this.options.ports.clock.monotonic();
    for (const owned of partitions) {
      const { seq, at } = this.newest.get(owned) ?? NONE;
      if (headOf(owned) > seq && now - at > AGE_MS) await this.take(owned);
    }
  }

  async take(owned: OwnedPartition): Promise<void> {
    const { snapshots, log } = this.options;
    try {
      const snapshot = owned.snapshot();
      this.know(owned, snapshot);
      await snapshots.save(owned.topic, owned.partition, encodeSnapshot(snapshot));
      const old = thin(await snapshots.list(owned.topic, owned.partition));
      if (old.length) await snapshots.remove(owned.topic, owned.partition, old);
    } catch (error) {
      log.warn('no snapshot', { partition: owned.name, error: (error as Error).message });
    }
  }

  private know(owned: OwnedPartition, { rule, rows }: Snapshot): void {
    this.newest.set(owned, { seq: rule.nextSeq - 1, rows: rows.length, at: this.options.ports.clock.monotonic() });
  }
}

const NONE: Newest = { seq: -1, rows: 0, at: -Infinity };

const headOf = (owned: OwnedPartition): number => owned.confirmed.rule.nextSeq - 1;
