import type { Json, Message } from '@novacron/kernel';
import type { Followed } from '@novacron/service';
import { project } from './project.ts';
import { tables, type RowChange, type TableName } from './tables.ts';

/** What a batch makes of one row. Values stand by number of column: thousands of rows a second keep one shape. */
export interface MergedRow {
  /** In the order of the table's columns, the key first; what is undefined stays as it is. */
  readonly values: (Json | undefined)[];
  /** Bit by column: which values are there. */
  mask: number;
  /** The row that was there before is deleted first. */
  replaced: boolean;
  /** The row is there afterwards. */
  stays: boolean;
}

export type Merged = Map<TableName, Map<string, MergedRow>>;

/** Names of a table's columns in order; 31 at most, because rows tell by bits which are set. */
export const columnsOf = Object.fromEntries(Object.entries(tables).map(([table, { columns }]) => [table, Object.keys(columns)])) as unknown as Record<TableName, readonly string[]>;
/** Place of each column in `values`. */
export const numberOf = Object.fromEntries(Object.entries(columnsOf).map(([table, columns]) => [table, Object.fromEntries(columns.map((name, i) => [name, i]))])) as Record<TableName, Record<string, number>>;

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
  let row = rows.get(id);
  if (!row || !set) rows.set(id, (row = emptyRow(table, key)));
  if (!set) row.replaced = true;
  else fill(row, table, set);
  row.stays = set !== undefined;
}

function emptyRow(table: TableName, key: RowChange['key']): MergedRow {
  const row = { values: new Array<Json | undefined>(columnsOf[table].length).fill(undefined), mask: 0, replaced: false, stays: false };
  fill(row, table, key);
  return row;
}

function fill(row: MergedRow, table: TableName, set: Readonly<Record<string, Json | undefined>>): void {
  const numbers = numberOf[table];
  for (const name in set) {
    const value = set[name];
    if (value === undefined) continue;
    const i = numbers[name]!;
    row.values[i] = value;
    row.mask |= 1 << i;
  }
}

/** A row's key as one text. */
export function idOf(table: TableName, key: RowChange['key']): string {
  const names = tables[table].key;
  let id = String(key[names[0]!]);
  for (let i = 1; i < names.length; i++) id += `\n${key[names[i]!]}`;
  return id;
}
