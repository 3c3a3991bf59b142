import type { Position, ServiceDefinition } from '@novacron/kernel';
import { nameOf, partitionNamed, type Head, type LogDriver } from '../driver.ts';
import { FOLDED, OwnedPartition, PartitionHalted, type PartitionState } from '../host/partition.ts';
import type { RuleState } from '../rule.ts';
import { decodeSnapshot, type Snapshot, type SnapshotStore } from '../snapshot.ts';
import type { At } from './at.ts';
import type { Goal } from './commit-reader.ts';
import { closePrefixes, goalsOf, noSuchCommit, ReadPrefix, type Cites, type Prefix } from './cut.ts';
import { seqNear } from './seq-near.ts';

/** A snapshot is worth loading when it saves the reading of so many commits. */
const WORTH_A_SNAPSHOT = 1_000;

export interface PastSpec {
  readonly driver: LogDriver;
  /** Without it every fold begins at the first commit. */
  readonly snapshots?: SnapshotStore;
  readonly definitions: readonly ServiceDefinition[];
}

export interface PastStates {
  readonly states: readonly PartitionState[];
  /** Commits that were folded, behind the snapshots that served. */
  readonly folded: number;
  readonly snapshots: number;
}

/** The services' states at a moment, by the folds that they live by, from the newest snapshots before it. Runs no effect and no timer. */
export async function statesAt({ driver, snapshots, definitions }: PastSpec, at: At): Promise<PastStates> {
  const byTopic = new Map(definitions.map((definition) => [definition.name, definition]));
  const heads = await driver.heads([...byTopic.keys()]);
  const prefixes = await closePrefixes(goalsOf(at, heads.keys()), (name) => {
    const { topic, partition } = partitionNamed(name);
    return new StatePrefix(driver, snapshots, () => new OwnedPartition(byTopic.get(topic)!, partition, FOLDED), heads.get(name)!);
  });
  const all = [...prefixes.values()].filter(({ seq }) => seq >= 0);
  return {
    states: all.map(({ owned }) => owned.confirmedState()),
    folded: all.reduce((sum, prefix) => sum + prefix.folded, 0),
    snapshots: all.reduce((sum, prefix) => sum + prefix.loaded, 0),
  };
}

/** One partition's state behind a commit, whatever else was the case then. */
export async function stateBehind({ driver, snapshots, definition }: Omit<PastSpec, 'definitions'> & { readonly definition: ServiceDefinition }, position: Position): Promise<OwnedPartition> {
  const head = (await driver.heads([definition.name])).get(nameOf(position));
  if (!head) throw noSuchCommit(position);
  const prefix = new StatePrefix(driver, snapshots, () => new OwnedPartition(definition, position.partition, FOLDED), head);
  await prefix.grow({ seq: position.seq, time: -1 }, () => {});
  return prefix.owned;
}

/** A partition's state that grows with its prefix, and leaps over what a snapshot holds. */
class StatePrefix implements Prefix {
  owned: OwnedPartition;
  folded = 0;
  loaded = 0;
  private readonly driver: LogDriver;
  private readonly store: SnapshotStore | undefined;
  private readonly empty: () => OwnedPartition;
  private readonly head: Head;
  private read: ReadPrefix;
  /** Seqs of snapshots, newest first. */
  private kept: readonly number[] | undefined;

  constructor(driver: LogDriver, store: SnapshotStore | undefined, empty: () => OwnedPartition, head: Head) {
    this.driver = driver;
    this.store = store;
    this.empty = empty;
    this.owned = empty();
    this.head = head;
    this.read = this.readFrom();
  }

  get seq(): number {
    return this.read.seq;
  }

  async grow(goal: Goal, cites: Cites): Promise<void> {
    if (this.store && (await this.leap(this.store, goal))) {
      this.loaded++;
      this.read = this.readFrom(this.owned.rule);
      for (const [source, seq] of Object.entries(this.owned.confirmedState().cursors)) cites(partitionNamed(source), seq);
    }
    await this.read.grow(goal, cites);
  }

  private readFrom(behind?: RuleState): ReadPrefix {
    return new ReadPrefix(this.driver, this.owned, (commit, rule) => {
      this.owned.apply(commit, rule);
      this.folded++;
    }, behind);
  }

  /** Takes the newest good snapshot within the goal, where it saves enough; one that is damaged, or of another fold, is passed over. */
  private async leap(store: SnapshotStore, { seq, time }: Goal): Promise<boolean> {
    const { topic, partition, definition } = this.owned;
    const reach = Math.max(seq, await seqNear(this.driver, this.owned, time, this.head));
    if (reach - this.seq < WORTH_A_SNAPSHOT) return false;
    this.kept ??= await store.list(topic, partition);
    for (const candidate of this.kept) {
      if (candidate > reach || candidate - this.seq < WORTH_A_SNAPSHOT) continue;
      const stored = await store.load(topic, partition, candidate);
      const snapshot = stored && decodeSnapshot(stored, definition.foldVersion);
      if (snapshot && (candidate <= seq || snapshot.time <= time) && this.restore(snapshot)) return true;
    }
    return false;
  }

  private restore(snapshot: Snapshot): boolean {
    const fresh = this.empty();
    try {
      fresh.restore(snapshot);
    } catch (error) {
      if (error instanceof PartitionHalted) return false;
      throw error;
    }
    this.owned = fresh;
    return true;
  }
}
