import type { ServiceDefinition } from '@novacron/kernel';
import type { LogDriver } from './driver.ts';
import { FOLDED, OwnedPartition, PartitionHalted } from './host/partition.ts';
import { CommitReader, LogBroken } from './past/commit-reader.ts';

export interface RebuildSpec {
  readonly driver: LogDriver;
  readonly definition: ServiceDefinition;
  readonly partition: number;
  /** Fold no further than this commit; default: the head. */
  readonly until?: number;
}

export interface Rebuilt {
  readonly commits: number;
  /** State hashes in commits that the fold met, all equal. */
  readonly checkpoints: number;
  /** Of the last commit folded; -1 for none. */
  readonly seq: number;
  readonly stateHash: string;
  /** Why the fold stopped before its end: the first bad range. */
  readonly fault?: string;
}

/** Folds a partition from its first commit, without snapshots, effects or timers, and compares every state hash on the way. */
export async function rebuildPartition({ driver, definition, partition, until = Number.MAX_SAFE_INTEGER }: RebuildSpec): Promise<Rebuilt> {
  const owned = new OwnedPartition(definition, partition, FOLDED);
  let [commits, checkpoints, folding] = [0, 0, -1];
  const result = (fault?: string): Rebuilt => ({ commits, checkpoints, seq: owned.rule.nextSeq - 1, stateHash: owned.tables.hash(), ...(fault && { fault }) });
  try {
    await new CommitReader(driver, owned).readTo({ seq: until, time: -1 }, (commit, rule) => {
      folding = commit.seq;
      owned.apply(commit, rule);
      folding = -1;
      commits++;
      if (commit.stateHash !== undefined) checkpoints++;
    });
    return result();
  } catch (error) {
    if (error instanceof PartitionHalted || error instanceof LogBroken) return result(error.message);
    if (folding < 0) throw error;
    return result(`${owned.name}: commit ${folding} does not fold: ${(error as Error).message}`);
  }
}
