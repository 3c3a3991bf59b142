import type { Json, Message } from '@novacron/kernel';
import type { Followed } from '@novacron/service';
import { project } from './project.ts';
import { tables, type RowChange, type TableName } from './tables.ts';

/** What a batch makes of one row. */
export interface MergedRow {
  /** With its key columns. */
  readonly columns: Record<string, Json | undefined>;
  /** The row that was there before is deleted first. */
  replaced: boolean;
  /** The row is there afterwards. */
  stays: boolean;
}

export type Merged = Map<TableName, Map<string, MergedRow>>;

/** Merges all changes of a batch to the same row, so that each row is written once. */
export function mergeBatch(batch: readonly Followed[]): Merged {
  const merged: Merged = new Map();
  for (const { topic, partition, seq, time, events } of batch) {
    for (let n = 0; n < events.length; n++) {
      for (const change of project(events[n] as Message, { topic, partition, seq, n, time })) mergeChange(merged, change);
    }
  }
  return merged;
}

export function mergeChange(merged: Merged, { table, key, set }: RowChange): void {
  let rows = merged.get(table);
  if (!rows) merged.set(table, (rows = new Map()));
  const id = idOf(table, key);
  const row = rows.get(id);
  if (!set) rows.set(id, { columns: { ...key }, replaced: true, stays: false });
  else if (!row) rows.set(id, { columns: { ...key, ...set }, replaced: false, stays: true });
  else {
    Object.assign(row.columns, set);
    row.stays = true;
  }
}

function idOf(table: TableName, key: RowChange['key']): string {
  const names = tables[table].key;
  let id = String(key[names[0]!]);
  for (let i = 1; i < names.length; i++) id += `\n${key[names[i]!]}`;
  return id;
}
