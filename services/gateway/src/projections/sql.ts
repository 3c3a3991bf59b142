import type { Json } from '@novacron/kernel';
import type { MergedRow } from './merge.ts';
import { snake, tables, type ColumnType, type TableName } from './tables.ts';

const TYPES: Readonly<Record<ColumnType, string>> = { text: 'text', int: 'integer', number: 'double precision', time: 'double precision', boolean: 'boolean', json: 'jsonb' };

export interface Statement {
  readonly sql: string;
  /** A JSON array of rows. */
  readonly rows: string;
}

/** Statements that write the merged rows of one table: a delete at most, then one upsert for each set of columns. */
export function statements(schema: string, table: TableName, rows: Iterable<MergedRow>): Statement[] {
  const gone: Record<string, Json | undefined>[] = [];
  const byColumns = new Map<string, Record<string, Json | undefined>[]>();
  for (const row of rows) {
    if (row.replaced) gone.push(row.columns);
    if (!row.stays) continue;
    const columns = columnsOf(table, row.columns);
    const group = byColumns.get(columns);
    if (group) group.push(row.columns);
    else byColumns.set(columns, [row.columns]);
  }
  const upserts = [...byColumns].map(([columns, group]) => ({ sql: upsert(schema, table, columns), rows: textOf(group) }));
  return gone.length ? [{ sql: remove(schema, table), rows: textOf(gone) }, ...upserts] : upserts;
}

/** The columns that a row sets, in the order of the table, so that equal sets make one group. */
function columnsOf(table: TableName, row: Record<string, Json | undefined>): string {
  let columns = '';
  for (const name in tables[table].columns) if (row[name] !== undefined) columns += (columns && ',') + name;
  return columns;
}

const cache = new Map<string, string>();

function upsert(schema: string, table: TableName, columns: string): string {
  const id = `${schema}|${table}|${columns}`;
  let sql = cache.get(id);
  if (sql === undefined) cache.set(id, (sql = upsertText(schema, table, columns.split(','))));
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

function textOf(rows: readonly object[]): string {
  const text = JSON.stringify(rows);
  return text.includes('\\u') ? text.replace(NOT_TEXT, '$1\\ufffd') : text;
}
