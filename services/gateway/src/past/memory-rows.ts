import type { Json } from '@novacron/kernel';
import { closeCursor, MOST, openCursor, type Page, type PageOf, type Value, type Where } from '../http/rows.ts';
import { columnsOf, idOf, numberOf, type Merged, type MergedRow } from '../projections/merge.ts';
import { asKept } from '../projections/sql.ts';
import { tables, type Row, type RowChange, type TableName } from '../projections/tables.ts';

type Found = Readonly<Record<string, Json>>;
type Order = { readonly column: number; readonly down: boolean };
type Conditions = Readonly<Record<string, Value | null | readonly Value[]>>;

/**
 * Reads of projected rows that lie in memory, with the answers that `rowsOf` gives from PostgreSQL: nulls come last (first in descending order),
 * a cursor passes over them, and texts are ordered by their bytes, as in a database with the locale C. `rows.conformance.ts` holds both to it.
 */
export class MemoryRows {
  private readonly merged: Merged;

  constructor(merged: Merged) {
    this.merged = merged;
  }

  one<N extends TableName>(table: N, where: Where<N>): Row<N> | undefined {
    return shown(table, this.find(table, where as Conditions).next().value) as Row<N> | undefined;
  }

  all<N extends TableName>(table: N, where: Where<N>, order: readonly string[] = []): Row<N>[] {
    const found = [...this.find(table, where as Conditions)].sort(comparing(ordersOf(table, order)));
    return found.slice(0, MOST).map((row) => shown(table, row) as Row<N>);
  }

  page<N extends TableName>(table: N, { where, order, limit, cursor }: PageOf<N>): Page<Row<N>> {
    const orders = ordersOf(table, order);
    const after = cursor === undefined ? undefined : openCursor(cursor, order.length);
    const found = [...this.find(table, where as Conditions)].filter((row) => !after || isBehind(row, orders, after)).sort(comparing(orders));
    const last = found.length > limit ? found[limit - 1] : undefined;
    return { items: found.slice(0, limit).map((row) => shown(table, row) as Row<N>), ...(last && { next: closeCursor(orders.map(({ column }) => last.values[column] as Value)) }) };
  }

  counts(table: TableName, column: string, where: Readonly<Record<string, Value>>): Record<string, number> {
    const counts: Record<string, number> = {};
    const number = numberOf[table][column]!;
    for (const { values } of this.find(table, where)) counts[String(values[number] ?? null)] = (counts[String(values[number] ?? null)] ?? 0) + 1;
    return counts;
  }

  private *find(table: TableName, where: Conditions): Generator<MergedRow, undefined> {
    const rows = this.merged.get(table);
    if (!rows) return;
    const conditions = Object.entries(where).map(([name, value]) => ({ column: numberOf[table][name]!, fits: fitting(value) }));
    const fits = (row: MergedRow | undefined): row is MergedRow => row?.stays === true && conditions.every(({ column, fits }) => fits(row.values[column] ?? null));
    const key = tables[table].key;
    if (key.every((name) => typeof where[name] === 'string' || typeof where[name] === 'number')) {
      const row = rows.get(idOf(table, where as Record<string, Value>));
      if (fits(row)) yield row;
      return;
    }
    for (const row of rows.values()) if (fits(row)) yield row;
  }
}

const CHANGED_BY_POSTGRES = /[\0\ud800-\udfff]/;

/** The change with its texts as PostgreSQL keeps them, since they are compared; JSON is only shown, and changed then. */
export function asStored(change: RowChange): RowChange {
  const { set } = change;
  if (!set) return change;
  const changed = Object.entries(set).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && CHANGED_BY_POSTGRES.test(entry[1]));
  if (changed.length === 0) return change;
  return { ...change, set: { ...set, ...Object.fromEntries(changed.map(([name, text]) => [name, JSON.parse(asKept(JSON.stringify(text))) as string])) } };
}

function fitting(value: Conditions[string]): (of: Json) => boolean {
  if (!Array.isArray(value)) return (of) => of === value;
  const wanted = new Set<Json>(value as readonly Value[]);
  return (of) => of !== null && wanted.has(of);
}

const ordersOf = (table: TableName, order: readonly string[]): Order[] => order.map((name) => ({ column: numberOf[table][name.replace('-', '')]!, down: name.startsWith('-') }));

/** Total order of two values, nulls last. */
function compare(a: Json, b: Json): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  return Number(a) - Number(b);
}

/** By UTF-8 bytes; UTF-16 units of plain texts have the same order. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  if (/[\ud800-\uffff]/.test(a + b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

const comparing = (orders: readonly Order[]) => (a: MergedRow, b: MergedRow): number => {
  for (const { column, down } of orders) {
    const order = compare(a.values[column] ?? null, b.values[column] ?? null);
    if (order !== 0) return down ? -order : order;
  }
  return 0;
};

/** SQL's comparison of rows: the first difference decides, and what meets a null before it is unknown. */
function isBehind(row: MergedRow, orders: readonly Order[], after: readonly Value[]): boolean {
  for (const [i, { column }] of orders.entries()) {
    const value = row.values[column] ?? null;
    if (value === null) return false;
    const order = compare(value, after[i]!);
    if (order !== 0) return orders[0]!.down ? order < 0 : order > 0;
  }
  return false;
}

function shown(table: TableName, row: MergedRow | undefined): Found | undefined {
  return row && Object.fromEntries(columnsOf[table].map((name, i) => [name, row.values[i] ?? null]));
}
