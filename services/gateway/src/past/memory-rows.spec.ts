import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@novacron/kernel';
import { startPostgres, type EmbeddedPostgres } from '@novacron/log';
import fc from 'fast-check';
import { rowsOf, type PageOf, type Rows } from '../http/rows.ts';
import { mergeChange, type Merged } from '../projections/merge.ts';
import { asKept, statements } from '../projections/sql.ts';
import { ProjectionStore } from '../projections/store.ts';
import { tables, type RowChange, type TableName } from '../projections/tables.ts';
import { asStored, MemoryRows } from './memory-rows.ts';

jest.setTimeout(120_000);
let directory: string;
let server: EmbeddedPostgres;
let store: ProjectionStore;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'novacron-past-'));
  server = await startPostgres({ dataDir: directory });
  store = await ProjectionStore.open(server.url);
});
afterAll(async () => {
  await store.close();
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

const text = fc.constantFrom('a', 'A', 'b', 'a b', 'é', 'z', '😀', '\uffff', 'a\u0000b', '\ud800', 'a-1', 'a_1', '10', '9');
const values = {
  text, int: fc.integer({ min: -2, max: 4 }), number: fc.constantFrom(0, -1, 1.5, 3), time: fc.constantFrom(1_800_000_000_000, 1_800_000_000_001, 5), boolean: fc.boolean(),
  json: fc.constantFrom<Json[]>({ b: [1, null], a: 'x\u0000' }, [], 'text', 7, true, {}),
};
/** What callers may ask for; the database takes no NUL and no half of a pair as a parameter. */
const asked = { ...values, text: fc.constantFrom('a', 'A', 'b', 'é', '😀', '\uffff', '10', '9') };
const valueOf = (table: TableName, column: string, of: typeof values = values) => of[(tables[table].columns as Record<string, keyof typeof values>)[column]!] as fc.Arbitrary<Json>;
/** Keys are plain: what the database would change in a key is no key of ours. */
const keyOf = (table: TableName, column: string) => ((tables[table].columns as Record<string, string>)[column] === 'text' ? fc.constantFrom('k1', 'k2', 'K3', 'é', '😀', '\uffff') : fc.integer({ min: 0, max: 3 }));

const changeOf = (table: TableName): fc.Arbitrary<RowChange> => {
  const { key, columns } = tables[table];
  const set = fc.record(Object.fromEntries(Object.keys(columns).filter((name) => !(key as readonly string[]).includes(name)).map((name) => [name, fc.option(valueOf(table, name))])), { requiredKeys: [] });
  return fc.record({ table: fc.constant(table), key: fc.record(Object.fromEntries(key.map((name) => [name, keyOf(table, name)]))) as never, set: fc.option(set, { nil: undefined, freq: 6 }) }) as never;
};

type Query = (rows: { [K in keyof Rows]: (...args: never[]) => unknown }) => unknown;
const scalarsOf = (table: TableName) => Object.entries(tables[table].columns).filter(([, type]) => type !== 'json' && type !== 'boolean').map(([name]) => name);

const whereOf = (table: TableName) => {
  const names = scalarsOf(table);
  const condition = fc.constantFrom(...names).chain((name) => fc.tuple(fc.constant(name), fc.oneof(valueOf(table, name, asked), fc.constant(null), fc.array(valueOf(table, name, asked), { minLength: 1, maxLength: 3 }))));
  return fc.array(condition, { maxLength: 2 }).map((given) => Object.fromEntries(given) as never);
};
/** A total order: any columns, then the key; one direction for all. */
const orderOf = (table: TableName) => fc.tuple(fc.array(fc.constantFrom(...scalarsOf(table)), { maxLength: 2 }), fc.boolean()).map(([first, down]) => [...new Set([...first, ...tables[table].key])].map((name) => `${down ? '-' : ''}${name}`));

const queryOf = (table: TableName): fc.Arbitrary<Query> => fc.oneof(
  fc.tuple(whereOf(table), orderOf(table)).map(([where, order]): Query => (rows) => rows.all(table as never, where, order as never)),
  fc.record(Object.fromEntries(tables[table].key.map((name) => [name, keyOf(table, name)]))).map((where): Query => (rows) => rows.one(table as never, where as never)),
  fc.constantFrom(...scalarsOf(table)).map((column): Query => (rows) => rows.counts(table as never, column as never, {} as never)),
  fc.tuple(whereOf(table), orderOf(table), fc.integer({ min: 1, max: 4 })).map(([where, order, limit]): Query => async (rows) => {
    const pages: unknown[] = [];
    for (let cursor: string | undefined, i = 0; i < 4; i++) {
      const page = (await rows.page(table as never, { where, order, limit, cursor } as PageOf<never> as never)) as { items: unknown; next?: string };
      pages.push(page);
      if ((cursor = page.next) === undefined || JSON.stringify(Buffer.from(cursor, 'base64url').toString()).includes('null')) break;
    }
    return pages;
  }),
);

describe('rows in memory answer as rows in PostgreSQL', () => {
  test.each(['attempt', 'task', 'run', 'modelGrant', 'quota', 'audit'] as const)('%s', async (table) => {
    await fc.assert(fc.asyncProperty(fc.array(changeOf(table), { maxLength: 25 }), fc.array(queryOf(table), { minLength: 25, maxLength: 25 }), async (changes, queries) => {
      const merged: Merged = new Map();
      for (const change of changes) mergeChange(merged, asStored(change));
      await store.source.query(`TRUNCATE "${store.schema}"."${tables[table].name}"`);
      for (const { sql, rows } of statements(store.schema, table, merged.get(table)?.values() ?? [])) await store.source.query(sql, [rows]);
      const inMemory = new MemoryRows(merged);
      for (const query of queries) {
        const found = await query(inMemory as never);
        expect(found === undefined ? undefined : JSON.parse(asKept(JSON.stringify(found)))).toEqual(await query(rowsOf(store.source) as never));
      }
    }), { numRuns: 15, seed: 4711 });
  });
});
