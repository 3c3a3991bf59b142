import type { Json } from '@novacron/kernel';
import { columnsOf, type MergedRow } from './merge.ts';
import { snake, tables, type ColumnType, type TableName } from './tables.ts';

const TYPES: Readonly<Record<ColumnType, string>> = { text: 'text', int: 'integer', number: 'double precision', time: 'double precision', boolean: 'boolean', json: 'jsonb' };

export interface Statement {
  readonly sql: string;
  /** A JSON array of rows. */
  readonly rows: string;
}

/** Statements that write the merged rows of one table: a delete at most, then one upsert for each set of columns. */
export function statements(schema: string, table: TableName, rows: Iterable<MergedRow>): Statement[] {
  const gone: MergedRow[] = [];
  const byMask = new Map<number, MergedRow[]>();
  for (const row of rows) {
    if (row.replaced) gone.push(row);
    if (!row.stays) continue;
    const group = byMask.get(row.mask);
    if (group) group.push(row);
    else byMask.set(row.mask, [row]);
  }
  const upserts = [...byMask].map(([mask, group]) => {
    const numbers = columnsOf[table].flatMap((_, i) => (mask & (1 << i) ? [i] : []));
    return { sql: upsert(schema, table, mask, numbers), rows: textOf(table, group, numbers) };
  });
  return gone.length ? [{ sql: remove(schema, table), rows: textOf(table, gone, tables[table].key.map((_, i) => i)) }, ...upserts] : upserts;
}

const cache = new Map<string, string>();

function upsert(schema: string, table: TableName, mask: number, numbers: readonly number[]): string {
  const id = `${schema}|${table}|${mask}`;
  let sql = cache.get(id);
  if (sql === undefined) cache.set(id, (sql = upsertText(schema, table, numbers.map((i) => columnsOf[table][i]!))));
  return sql;
}

function upsertText(schema: string, table: TableName, columns: readonly string[]): string {
  const { key } = tables[table];
  const set = columns.filter((name) => !key.includes(name)).map((name) => `${quoted(name)} = EXCLUDED.${quoted(name)}`);
  return `INSERT INTO "${schema}"."${tables[table].name}" (${columns.map(quoted).join(', ')}) SELECT ${columns.map((name) => `x."${name}"`).join(', ')} ${from(table, columns)}
    ON CONFLICT (${key.map(quoted).join(', ')}) DO ${set.length ? `UPDATE SET ${set.join(', ')}` : 'NOTHING'}`;
}

function remove(schema: string, table: TableName): string {
  const { key, name } = tables[table];
  return `DELETE FROM "${schema}"."${name}" t USING (SELECT * ${from(table, key)}) x WHERE ${key.map((column) => `t.${quoted(column)} = x."${column}"`).join(' AND ')}`;
}

const quoted = (name: string) => `"${snake(name)}"`;
const from = (table: TableName, columns: readonly string[]) =>
  `FROM json_to_recordset($1::json) AS x(${columns.map((name) => `"${name}" ${TYPES[(tables[table].columns as Record<string, ColumnType>)[name]!]}`).join(', ')})`;

// PostgreSQL keeps neither NUL nor half a surrogate pair; the log does. An even number of backslashes before stands for backslashes.
const NOT_TEXT = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

function textOf(table: TableName, rows: readonly MergedRow[], numbers: readonly number[]): string {
  const names = columnsOf[table];
  const text = JSON.stringify(rows.map(({ values }) => {
    const row: Record<string, Json | undefined> = {};
    for (const i of numbers) row[names[i]!] = values[i];
    return row;
  }));
  return asKept(text);
}

/** JSON text as PostgreSQL gives it back. */
export const asKept = (text: string): string => (text.includes('\\u') ? text.replace(NOT_TEXT, '$1\\ufffd') : text);
