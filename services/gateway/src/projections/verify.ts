import { snake, tables, type TableName } from './tables.ts';

/** Runs one SQL statement. */
export type Query = <T>(sql: string) => Promise<T[]>;

export const projectionTables: readonly TableName[] = Object.keys(tables) as TableName[];

// Byte order, so that the hash does not depend on the database's locale.
const keyOf = (table: TableName, alias: string) => tables[table].key.map((name) => {
  const column = `${alias}."${snake(name)}"`;
  return (tables[table].columns as Record<string, string>)[name] === 'text' ? `${column} COLLATE "C"` : column;
});

/** Count and hash of all rows of a table, in the order of their keys; equal rows give equal hashes in any schema and database. */
export async function rowsHash(query: Query, schema: string, table: TableName): Promise<{ rows: number; hash: string }> {
  const [answer] = await query<{ rows: number; hash: string | null }>(`
    SELECT count(*)::int AS rows, encode(sha256(string_agg(sha256(convert_to(to_jsonb(t)::text, 'UTF8')), ''::bytea ORDER BY ${keyOf(table, 't').join(', ')})), 'hex') AS hash
    FROM "${schema}"."${tables[table].name}" t`);
  return { rows: answer!.rows, hash: answer!.hash ?? '' };
}

/** Key of the first row that two schemas of one database do not both have in the same form. */
export async function firstDifference(query: Query, schema: string, other: string, table: TableName): Promise<Record<string, string | number> | undefined> {
  const { key, name } = tables[table];
  const columns = key.map((column) => `"${snake(column)}"`);
  const [row] = await query<Record<string, string | number>>(`
    SELECT ${columns.map((column, i) => `coalesce(a.${column}, b.${column}) AS "${key[i]}"`).join(', ')}
    FROM "${schema}"."${name}" a FULL JOIN "${other}"."${name}" b ON ${columns.map((column) => `a.${column} = b.${column}`).join(' AND ')}
    WHERE to_jsonb(a) IS DISTINCT FROM to_jsonb(b) ORDER BY ${key.map((_, i) => i + 1).join(', ')} LIMIT 1`);
  return row;
}
