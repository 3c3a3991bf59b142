import type { ServiceDefinition } from '@novacron/kernel';
import { START, type LogDriver } from './driver.ts';
import { OwnedPartition, PartitionHalted } from './host/partition.ts';
import type { Commit } from './record.ts';
import { judgeText } from './rule.ts';

const PAGE_BYTES = 4 << 20;

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
  const owned = new OwnedPartition(definition, partition, () => [], {});
  let [commits, checkpoints] = [0, 0];
  const result = (fault?: string): Rebuilt => ({ commits, checkpoints, seq: owned.rule.nextSeq - 1, stateHash: owned.tables.hash(), ...(fault && { fault }) });
  for (let page = driver.read(owned, START, PAGE_BYTES); owned.rule.nextSeq <= until; ) {
    const rows = await page;
    if (rows.length === 0) break;
    // The next page is fetched while this one is folded.
    page = driver.read(owned, rows.at(-1)!, PAGE_BYTES);
    page.catch(() => {});
    for (const text of rows.flatMap((row) => row.records)) {
      if (owned.rule.nextSeq > until) break;
      const judged = judgeText(owned.rule, text);
      if (!judged) return result(`${owned.name}: a record after commit ${owned.rule.nextSeq - 1} cannot be read`);
      const { record, verdict, state } = judged;
      if (verdict === 'claim') owned.claimed(state);
      else if (verdict === 'gap' || verdict === 'bad-hash') return result(`${owned.name}: the record after commit ${owned.rule.nextSeq - 1} breaks the chain (${verdict})`);
      else if (verdict === 'commit') {
        try {
          owned.apply(record as Commit, state);
        } catch (error) {
          if (error instanceof PartitionHalted) return result(error.message);
          return result(`${owned.name}: commit ${(record as Commit).seq} does not fold: ${(error as Error).message}`);
        }
        commits++;
        if ((record as Commit).stateHash !== undefined) checkpoints++;
      }
    }
  }
  return result();
}
