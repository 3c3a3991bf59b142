import { sha256 } from '@novacron/kernel';
import type { RuleState } from './rule.ts';

/** State of a partition at a position: never authoritative, only quicker than the log. */
export interface Snapshot {
  readonly topic: string;
  readonly partition: number;
  readonly rule: RuleState;
  readonly time: number;
  readonly foldVersion: number;
  readonly stateHash: string;
  /** JSON lines `[table, id, entity]`. */
  readonly rows: readonly [table: string, id: string, entity: object][];
}

export interface StoredSnapshot {
  readonly seq: number;
  readonly body: string;
  readonly checksum: string;
}

/** Keeps snapshots; beside the log, in whatever the installation has. */
export interface SnapshotStore {
  save(topic: string, partition: number, snapshot: StoredSnapshot): Promise<void>;
  /** Newest first. */
  list(topic: string, partition: number): Promise<readonly number[]>;
  load(topic: string, partition: number, seq: number): Promise<StoredSnapshot | undefined>;
  remove(topic: string, partition: number, seqs: readonly number[]): Promise<void>;
}

export function encodeSnapshot(snapshot: Snapshot): StoredSnapshot {
  const body = JSON.stringify(snapshot);
  return { seq: snapshot.rule.nextSeq - 1, body, checksum: sha256(body) };
}

/** Undefined where a byte is wrong or the fold has another version: the older one, or the whole log, serves instead. */
export function decodeSnapshot(stored: StoredSnapshot, foldVersion: number): Snapshot | undefined {
  if (sha256(stored.body) !== stored.checksum) return undefined;
  const snapshot = JSON.parse(stored.body) as Snapshot;
  return snapshot.foldVersion === foldVersion ? snapshot : undefined;
}

/** Which snapshots go: all but the three newest and the newest of every 100,000 commits. */
export function thin(seqsNewestFirst: readonly number[]): number[] {
  const milestones = new Set<number>();
  return seqsNewestFirst.filter((seq, i) => {
    const milestone = Math.floor(seq / 100_000);
    const first = milestone > 0 && !milestones.has(milestone);
    milestones.add(milestone);
    return i >= 3 && !first;
  });
}
