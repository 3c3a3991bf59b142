import { In, IsNull, type DataSource } from 'typeorm';
import type { Row, TableName } from '../projections/tables.ts';
import { HttpProblem } from './problem.ts';

export type Value = string | number;
export type Where<N extends TableName> = { readonly [C in keyof Row<N>]?: Value | null | readonly Value[] };

type Conditions = Record<string, Value | null | Value[]>;

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it as `cursor` to get what follows; absent at the end. */
  readonly next?: string;
}

export interface PageOf<N extends TableName> {
  readonly where: Where<N>;
  /** Order; the last columns make it total. `-` before a name: descending, all or none. */
  readonly order: readonly string[];
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Bounds of a column, both included. */
  readonly between?: { readonly column: string; readonly from: number | undefined; readonly until: number | undefined };
}

/** Reads of the projection. */
export interface Rows {
  one<N extends TableName>(table: N, where: Where<N>): Promise<Row<N> | undefined>;
  all<N extends TableName>(table: N, where: Where<N>, order?: readonly string[]): Promise<Row<N>[]>;
  page<N extends TableName>(table: N, page: PageOf<N>): Promise<Page<Row<N>>>;
  /** Rows by a column, counted. */
  counts(table: TableName, column: string, where: Readonly<Record<string, Value>>): Promise<Record<string, number>>;
}

/** More than this is read page by page. */
export const MOST = 10_000;

export function rowsOf(source: DataSource): Rows {
  const find = <N extends TableName>(table: N, where: Where<N>, order: readonly string[], take: number) => source.getRepository<Row<N>>(table).find({
    where: Object.fromEntries(Object.entries(where as Conditions).map(([name, value]) => [name, value === null ? IsNull() : Array.isArray(value) ? In(value) : value])) as never,
    order: Object.fromEntries(order.map((name) => [name.replace('-', ''), name.startsWith('-') ? 'DESC' : 'ASC'])) as never,
    take,
  });
  return {
    one: async (table, where) => (await find(table, where, [], 1))[0],
    all: (table, where, order = []) => find(table, where, order, MOST),
    async page(table, { where, order, limit, cursor, between }) {
      const query = source.getRepository<Row<typeof table>>(table).createQueryBuilder('r').take(limit + 1);
      for (const [name, value] of Object.entries(where as Conditions)) {
        query.andWhere(value === null ? `r.${name} IS NULL` : Array.isArray(value) ? `r.${name} IN (:...${name})` : `r.${name} = :${name}`, { [name]: value });
      }
      if (between?.from !== undefined) query.andWhere(`r.${between.column} >= :from`, { from: between.from });
      if (between?.until !== undefined) query.andWhere(`r.${between.column} <= :until`, { until: between.until });
      const names = order.map((name) => name.replace('-', ''));
      const down = order[0]!.startsWith('-');
      for (const name of names) query.addOrderBy(`r.${name}`, down ? 'DESC' : 'ASC');
      if (cursor !== undefined) {
        const after = openCursor(cursor, names.length);
        query.andWhere(`(${names.map((name) => `r.${name}`).join(', ')}) ${down ? '<' : '>'} (${names.map((_, i) => `:after${i}`).join(', ')})`, Object.fromEntries(after.map((value, i) => [`after${i}`, value])));
      }
      const items = await query.getMany();
      const last = items.length > limit ? (items[limit - 1] as unknown as Record<string, Value>) : undefined;
      return { items: items.slice(0, limit), ...(last && { next: closeCursor(names.map((name) => last[name]!)) }) };
    },
    async counts(table, column, where) {
      const query = source.getRepository(table).createQueryBuilder('r').select(`r.${column}`, 'name').addSelect('count(*)::int', 'count').groupBy(`r.${column}`);
      for (const [name, value] of Object.entries(where)) query.andWhere(`r.${name} = :${name}`, { [name]: value });
      return Object.fromEntries((await query.getRawMany<{ name: string; count: number }>()).map((row) => [row.name, row.count]));
    },
  };
}

export const closeCursor = (values: readonly Value[]): string => Buffer.from(JSON.stringify(values)).toString('base64url');

export function openCursor(text: string, length: number): Value[] {
  try {
    const values = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
    if (Array.isArray(values) && values.length === length && values.every((value) => typeof value === 'string' || typeof value === 'number')) return values as Value[];
  } catch {
    // Falls through: what is no JSON is no cursor.
  }
  throw new HttpProblem(400, 'CursorInvalid', 'The cursor is not one that a list gave; leave it out to read from the start.');
}
