import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from '@novacron/kernel';
import { startPostgres, type EmbeddedPostgres } from '@novacron/log';
import type { Cursor, Feed, Followed } from '@novacron/service';
import { VirtualPorts } from '@novacron/testing';
import { rowsOf } from '../http/rows.ts';
import { Projector } from './projector.ts';
import { CursorMoved, ProjectionStore } from './store.ts';
import { snake, tables } from './tables.ts';
import { firstDifference, projectionTables, rowsHash, type Query } from './verify.ts';

jest.setTimeout(60_000);
let directory: string;
let server: EmbeddedPostgres;
const stores: ProjectionStore[] = [];
let n = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'novacron-gateway-'));
  server = await startPostgres({ dataDir: directory });
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function open(schema = `projection_${n++}`): Promise<ProjectionStore> {
  const store = await ProjectionStore.open(server.url, schema);
  stores.push(store);
  return store;
}
const queryOf = (store: ProjectionStore): Query => (sql) => store.source.query(sql);
const commit = (topic: string, seq: number, ...events: Message[]): Followed => ({ topic, partition: 0, seq, epoch: 1, time: 1_000 + seq, events, cursor: { nextSeq: seq + 1 } });
const pool = (name: string, title: string): Message => ({ type: 'PoolSet', workspace: 'system', pool: name, title });

const run = { workspace: 'shop', workflow: 'w', run: 'r' };
const attempt = { ...run, task: 'a', attempt: 1, pool: 'default', node: 'n1', resources: { cpu: 1, memory: 0, gpu: 0 }, work: { kind: 'function' }, priority: 0, title: undefined };
/** One run as three services told it. */
const story: Record<string, Followed[]> = {
  resolver: [
    commit('resolver', 0, { type: 'RunAdmitted', ...run, version: 1, params: { n: 1 }, cause: { kind: 'manual', by: 'k' }, priority: 0, queued: false }),
    commit('resolver', 1, { type: 'RunStarted', ...run, version: 1, definition: { tasks: [{ name: 'a', needs: [], kind: 'function' }] } as never }),
    commit('resolver', 2, { type: 'TaskReady', ...attempt }),
    commit('resolver', 3, { type: 'TaskSucceeded', ...attempt, outputs: { sum: 3 } }, { type: 'RunSucceeded', ...run, outputs: {}, startedAt: 1 }),
  ],
  scheduler: [commit('scheduler', 0, { type: 'TaskPlaced', ...attempt, gpus: [], policy: 'best fit' }), commit('scheduler', 1, { type: 'TaskReleased', ...attempt, outcome: 'succeeded' })],
  executor: [commit('executor', 0, { type: 'AttemptStarting', ...attempt, gpus: [] }), commit('executor', 1, { type: 'AttemptSucceeded', ...attempt, outputs: { sum: 3 }, endedAt: 7 })],
};

describe('the projection in PostgreSQL', () => {
  test('has the columns that its tables say', async () => {
    const store = await open();
    const rows = await store.source.query<{ table_name: string; column_name: string }[]>('SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = $1', [store.schema]);
    const there = rows.filter(({ table_name }) => !['projection_cursor', 'projection_migration'].includes(table_name)).map((row) => `${row.table_name}.${row.column_name}`).sort();
    expect(there).toEqual(Object.values(tables).flatMap(({ name, columns }) => Object.keys(columns).map((column) => `${name}.${snake(column)}`)).sort());
  });

  test('holds rows and cursors together, and takes a commit once', async () => {
    const store = await open();
    await store.apply([commit('scheduler', 0, pool('default', 'One')), commit('scheduler', 1, pool('default', 'Two'))]);
    await store.apply([commit('scheduler', 1, pool('default', 'again')), commit('scheduler', 2, pool('gpu', 'Three'))]);
    expect(await rowsOf(store.source).all('pool', {}, ['name'])).toEqual([{ name: 'default', title: 'Two', setAt: 1_001 }, { name: 'gpu', title: 'Three', setAt: 1_002 }]);
    const again = await open(store.schema);
    expect([again.reached('scheduler', 0), again.cursors()]).toEqual([2, new Map<string, Cursor>([['scheduler/0', { nextSeq: 3 }]])]);
  });

  test('of two processes that project, the slower one learns of it', async () => {
    const one = await open();
    const two = await open(one.schema);
    await one.apply([commit('scheduler', 0, pool('default', 'One'))]);
    await expect(two.apply([commit('scheduler', 0, pool('default', 'other'))])).rejects.toThrow(CursorMoved);
    await two.readMarks();
    await two.apply([commit('scheduler', 0, pool('default', 'other')), commit('scheduler', 1, pool('gpu', 'Two'))]);
    expect(await rowsOf(one.source).counts('pool', 'title', {})).toEqual({ One: 1, Two: 1 });
  });

  test('follows the log again from its cursors where the database was set back behind what this process had projected', async () => {
    const store = await open();
    const ports = new VirtualPorts();
    const log = [commit('scheduler', 0, pool('a', 'A')), commit('scheduler', 1, pool('b', 'B')), commit('scheduler', 2, pool('c', 'C'))];
    const handlers: ((batch: readonly Followed[]) => Promise<void>)[] = [];
    const feed: Feed = {
      follow: (_topics, from, handler) => {
        handlers.push(handler);
        const next = (from.get('scheduler/0') as { nextSeq: number } | undefined)?.nextSeq ?? 0;
        if (handlers.length > 1) void handler(log.slice(next));
        return { current: async () => true, nudge: () => {}, stop: async () => {} };
      },
    };
    const failures: string[] = [];
    const projector = new Projector(store, feed, ports, { applied: () => {}, refused: () => {}, failed: (error) => failures.push(error.message) });
    projector.start();
    await handlers[0]!(log.slice(0, 2));
    // A crash that forgets the second commit: rows and cursor go together.
    await store.source.query(`DELETE FROM "${store.schema}".pool WHERE name = 'b'`);
    await store.source.query(`UPDATE "${store.schema}".projection_cursor SET seq = 0, cursor = '{"nextSeq":1}'`);
    await handlers[0]!(log.slice(2));
    await projector.reached({ topic: 'scheduler', partition: 0, seq: 2 }, 60_000);
    expect(failures).toEqual(['scheduler/0: the rows end at 0, and 2 is to be added']);
    expect((await store.source.query<{ name: string }[]>(`SELECT name FROM "${store.schema}".pool ORDER BY name`)).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    await projector.stop();
  });

  test('W3 is the same in whatever order topics are read, and a changed row is named', async () => {
    const live = await open();
    const rebuilt = await open();
    for (const topic of ['resolver', 'scheduler', 'executor']) await live.apply(story[topic]!);
    for (const topic of ['executor', 'scheduler', 'resolver']) for (const each of story[topic]!) await rebuilt.apply([each]);
    for (const table of projectionTables) expect([table, await rowsHash(queryOf(rebuilt), rebuilt.schema, table)]).toEqual([table, await rowsHash(queryOf(live), live.schema, table)]);
    expect(await rowsHash(queryOf(live), live.schema, 'task')).toEqual({ rows: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await rowsOf(live.source).one('attempt', { run: 'r', task: 'a' })).toMatchObject({ status: 'succeeded', node: 'n1', placedAt: 1_000, leftAt: 1_001, endedAt: 7 });
    expect(await firstDifference(queryOf(live), live.schema, rebuilt.schema, 'task')).toBeUndefined();
    await live.source.query(`UPDATE "${live.schema}".task SET status = 'failed'`);
    expect(await firstDifference(queryOf(live), live.schema, rebuilt.schema, 'task')).toEqual({ run: 'r', name: 'a' });
  });

  test('keeps texts that PostgreSQL cannot keep, with the character replaced', async () => {
    const store = await open();
    await store.apply([commit('resolver', 0, { type: 'TaskSucceeded', ...attempt, outputs: { a: '\u0000b', b: 'c\ud800', path: 'C:\\u0000' } })]);
    expect(await rowsOf(store.source).one('task', { run: 'r' })).toMatchObject({ outputs: { a: '\ufffdb', b: 'c\ufffd', path: 'C:\\u0000' } });
  });

  test('is read page by page', async () => {
    const store = await open();
    await store.apply([commit('scheduler', 0, ...['a', 'b', 'c', 'd', 'e'].map((name) => pool(name, 'same')))]);
    const rows = rowsOf(store.source);
    const seen: string[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await rows.page('pool', { where: { title: 'same' }, order: ['-setAt', '-name'], limit: 2, cursor });
      seen.push(...page.items.map((row) => row.name));
      cursor = page.next;
      more = cursor !== undefined;
    }
    expect(seen).toEqual(['e', 'd', 'c', 'b', 'a']);
  });
});

describe('the projector', () => {
  test('leaves out what the database refuses, alone, and tells who waits for a position', async () => {
    const store = await open();
    const refused: Followed[] = [];
    let hand: (batch: readonly Followed[]) => Promise<void> = async () => {};
    const feed: Feed = { follow: (_topics, _from, handler) => { hand = handler; return { current: async () => true, nudge: () => {}, stop: async () => {} }; } };
    const projector = new Projector(store, feed, new VirtualPorts(), { applied: () => {}, refused: (bad) => void refused.push(bad), failed: (error) => { throw error; } });
    projector.start();
    const reached = projector.reached({ topic: 'scheduler', partition: 0, seq: 2 }, 60_000);
    const tooBig = { ...commit('resolver', 0), events: [{ type: 'TaskReady', ...attempt, attempt: 2 ** 40 }] };
    await hand([commit('scheduler', 0, pool('a', 'A')), tooBig, commit('scheduler', 1, pool('b', 'B')), commit('scheduler', 2, pool('c', 'C'))]);
    expect(await reached).toBe(true);
    expect(refused).toEqual([tooBig]);
    expect((await rowsOf(store.source).all('pool', {}, ['name'])).map((row) => row.name)).toEqual(['a', 'b', 'c']);
    expect(store.reached('resolver', 0)).toBe(0);
    await projector.stop();
  });
});
