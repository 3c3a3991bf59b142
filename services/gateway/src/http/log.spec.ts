import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeClaim, encodeCommit, encodeEvent, hashOf, type LogDriver } from '@novacron/log';
import { fakeGateway, type FakeGateway } from '../testing/fakes.ts';
import type { CommitLine } from './log-stream.ts';
import { routes } from './routes.ts';

let gateway: FakeGateway;
let admin: string;
const NOW = 1_800_000_000_000;
const run = { id: 'gat0-0', workspace: 'shop', createdAt: NOW, endedAt: NOW + 5 };

/** Writes commits of one epoch; each `{at, events, from}`. */
async function written(log: LogDriver, topic: string, commits: readonly { at: number; events: readonly { type: string; [field: string]: string }[]; from?: [string, number] }[]): Promise<void> {
  const claim = { epoch: 1, owner: 'o', address: 'http://127.0.0.1:1' };
  await log.claim([{ topic, partition: 0, ...claim, record: encodeClaim({ ...claim, partitions: 1, time: NOW }) }]);
  let prev = '';
  const records = commits.map(({ at, events, from }, seq) => {
    const text = encodeCommit({
      epoch: 1, owner: 'o', seq, prev, time: NOW + at, eventTexts: events.map((event) => encodeEvent(event, [])), effects: [], ended: [], timers: [],
      ...(from ? { input: { topic: from[0], partition: 0, seq: from[1], index: 0, epoch: 1, owner: 'o', head: '' } } : { cause: 'command' }),
    });
    prev = hashOf(text);
    return text;
  });
  await log.append([{ topic, partition: 0, epoch: 1, owner: 'o', firstSeq: 0, lastSeq: records.length - 1, records }]);
}

beforeAll(async () => {
  const rows = { one: async (_: string, { id }: { id: string }) => (id === run.id ? run : undefined), all: async () => [], page: async () => ({ items: [] }), counts: async () => ({}) };
  gateway = await fakeGateway({ rows: rows as never });
  admin = gateway.key('system', 'admin');
  const log = gateway.log.kept;
  await written(log, 'gateway', [{ at: 0, events: [{ type: 'RunRequested', workspace: 'shop', workflow: 'w' }] }, { at: 9, events: [{ type: 'KeyCreated', workspace: 'vision' }] }]);
  await written(log, 'resolver', [
    { at: 1, events: [{ type: 'RunAdmitted', run: run.id, workspace: 'shop', workflow: 'w' }], from: ['gateway', 0] }, { at: 2, events: [{ type: 'RunAdmitted', run: 'other', workspace: 'shop', workflow: 'v' }] },
    { at: 3, events: [{ type: 'TaskReady', run: run.id, workspace: 'shop', workflow: 'w' }, { type: 'TaskReady', run: 'other', workspace: 'shop', workflow: 'v' }], from: ['resolver', 0] },
  ]);
});
afterAll(() => gateway.close());

const ask = async (path: string, key = admin) => gateway.ask({ url: `/api/v1/log${path}`, headers: { authorization: `Bearer ${key}` } });
const lines = async (query: string) => (await ask(`/commits?${query}`)).body.split('\n').filter(Boolean).map((line) => JSON.parse(line) as CommitLine);

describe('the log over HTTP', () => {
  test('is for admins of the installation alone', async () => {
    const paths = routes.filter(({ path }) => path.startsWith('/log')).map(({ path }) => path.replace('/log', '').replace('{service}', 'resolver').replace('{partition}', '0').replace('{position}', 'resolver.0.0'));
    expect(paths.length).toBeGreaterThan(6);
    for (const path of paths) {
      for (const key of [gateway.key('shop', 'admin'), gateway.key('system', 'author')]) expect([path, (await ask(path, key)).statusCode]).toEqual([path, 403]);
      expect([path, (await ask(path)).statusCode]).toEqual([path, 200]);
    }
  });

  test('shows records page by page, with what the rule says of each', async () => {
    const page = JSON.parse((await ask('/partitions/resolver/0/records?limit=2')).body) as { items: object[]; next: number };
    expect(page).toMatchObject({ next: 1, items: [{ position: 'resolver.0.0', verdict: 'claim' }, { position: 'resolver.0.0', verdict: 'commit', record: { seq: 0, events: [{ type: 'RunAdmitted' }] } }] });
    const rest = JSON.parse((await ask(`/partitions/resolver/0/records?from=${page.next}`)).body) as { items: { verdict: string; position: string }[] };
    expect(rest.items.map(({ verdict, position }) => `${position} ${verdict}`)).toEqual(['resolver.0.1 commit', 'resolver.0.2 commit']);
    expect(JSON.parse((await ask('/partitions/resolver/0')).body)).toMatchObject({ commits: 3, claims: 1, epoch: 1, events: 4, ignored: {}, firstTime: NOW + 1, lastTime: NOW + 3 });
    for (const none of ['/partitions/resolver/7', '/partitions/novice/0', '/causes/resolver.0.9', '/causes/here', '/commits?run=none']) expect([none, (await ask(none)).statusCode]).toEqual([none, 404]);
  });

  test('walks the causes of a commit to its beginning', async () => {
    const { items } = JSON.parse((await ask('/causes/resolver.0.2')).body) as { items: { position: string }[] };
    expect(items.map(({ position }) => position)).toEqual(['resolver.0.2', 'resolver.0.0', 'gateway.0.0']);
  });

  test('streams commits, causes first: all, of services, of a workflow, from a time on', async () => {
    const all = (await lines(`since=${NOW}`)).map(({ position }) => position);
    expect(all.indexOf('gateway.0.0')).toBeLessThan(all.indexOf('resolver.0.0'));
    expect(all.toSorted()).toEqual(['gateway.0.0', 'gateway.0.1', 'resolver.0.0', 'resolver.0.1', 'resolver.0.2']);
    expect((await lines(`since=${NOW}&service=gateway`)).map(({ position }) => position)).toEqual(['gateway.0.0', 'gateway.0.1']);
    expect((await lines(`since=${NOW}&workflow=v`)).map(({ position, events }) => [position, events.length])).toEqual([['resolver.0.1', 1], ['resolver.0.2', 1]]);
    expect((await lines(`since=${NOW + 3}`)).map(({ position }) => position).toSorted()).toEqual(['gateway.0.1', 'resolver.0.2']);
  });

  test('follows a run over services, with what led to it before it', async () => {
    expect((await lines(`run=${run.id}`)).map(({ position, cause, events }) => [position, cause, events.map(({ type }) => type)])).toEqual([
      ['gateway.0.0', 'command', ['RunRequested']], ['resolver.0.0', 'gateway.0.0', ['RunAdmitted']], ['resolver.0.2', 'resolver.0.0', ['TaskReady']],
    ]);
  });
});
