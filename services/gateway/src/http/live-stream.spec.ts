import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Message } from '@novacron/kernel';
import { until } from '@novacron/testing';
import { fakeGateway, type FakeGateway } from '../testing/fakes.ts';

let gateway: FakeGateway;
let key: string;
const open: IncomingMessage[] = [];
let seq = 0;

beforeEach(async () => {
  gateway = await fakeGateway();
  key = gateway.key('shop', 'viewer');
});
afterEach(async () => {
  open.splice(0).forEach((answer) => answer.destroy());
  await gateway.close();
});

interface Seen { readonly id: string; readonly event: string; readonly data: Record<string, unknown> }

async function follow(query = '', headers: Record<string, string> = {}): Promise<{ seen: Seen[]; answer: IncomingMessage }> {
  const seen: Seen[] = [];
  const { port } = gateway.fastify.server.address() as AddressInfo;
  const answer = await new Promise<IncomingMessage>((resolve) => httpRequest({ port, path: `/api/v1/shop/events${query}`, headers: { authorization: `Bearer ${key}`, ...headers } }, resolve).end());
  open.push(answer);
  let rest = '';
  answer.on('data', (text: Buffer) => {
    rest += text.toString();
    for (let end; (end = rest.indexOf('\n\n')) >= 0; rest = rest.slice(end + 2)) {
      const fields = Object.fromEntries(rest.slice(0, end).split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])) as Record<string, string>;
      seen.push({ id: fields['id']!, event: fields['event']!, data: JSON.parse(fields['data']!) as Seen['data'] });
    }
  });
  await until(() => seen.some((one) => one.event === 'open'), 'the stream opens');
  return { seen, answer };
}

const say = (...events: Message[]) => gateway.edge.live.push([{ topic: 'resolver', partition: 1, seq: seq++, epoch: 1, time: 5, events, cursor: null }]);
const ready = (workspace: string, run: string) => ({ type: 'TaskReady', workspace, run, task: 'a', attempt: 1, work: { kind: 'function' } });
const typesOf = (seen: readonly Seen[]) => seen.map((one) => `${one.event} ${String(one.data['run'] ?? '')}`.trim());

describe('AD-03 the live stream', () => {
  test('tells what happens in its workspace, without what is long or secret, and never another\'s', async () => {
    const { seen } = await follow();
    say(ready('vision', 'v1'), { type: 'CommandTaken', workspace: 'shop', bodyHash: 'x' }, { ...ready('shop', 's1'), sealed: 'no', actor: { ip: '1' } });
    say({ type: 'ModelVersionPublished', workspace: 'vision', model: 'vision/m', version: '1.0.0' }, { type: 'NodeLost', pool: 'p', node: 'n', reason: '' });
    say({ type: 'RunCancelled', workspace: 'shop', run: 's1' });
    await until(() => seen.length === 3, 'three events');
    expect(typesOf(seen)).toEqual(['open', 'TaskReady s1', 'RunCancelled s1']);
    expect(seen[1]!.data).toEqual({ type: 'TaskReady', workspace: 'shop', run: 's1', task: 'a', attempt: 1, time: 5, position: expect.stringMatching(/^resolver\.1\.\d+$/) });
  });

  test('goes on behind the last event that was seen, and can be narrowed to a run and types', async () => {
    const { seen } = await follow();
    say(ready('shop', 's1'), ready('shop', 's2'), { type: 'RunCancelled', workspace: 'shop', run: 's1' });
    await until(() => seen.length === 4, 'three events');
    expect(typesOf((await follow(`?from=${seen[1]!.id}`)).seen)).toEqual(['TaskReady s2', 'RunCancelled s1', 'open']);
    expect(typesOf((await follow('', { 'last-event-id': seen[2]!.id })).seen)).toEqual(['RunCancelled s1', 'open']);
    expect(typesOf((await follow(`?from=${seen[0]!.id}&run=s1&types=TaskReady`)).seen)).toEqual(['TaskReady s1', 'open']);
  });

  test('says so when events were missed: of another process, or too many', async () => {
    expect(typesOf((await follow('?from=00000000-5')).seen)).toEqual(['reset', 'open']);
    const { seen } = await follow();
    for (let i = 0; i < 9_000; i++) say({ type: 'TaskSkipped', workspace: 'vision', run: 'v', task: String(i) });
    expect(typesOf((await follow(`?from=${seen[0]!.id}`)).seen)).toEqual(['reset', 'open']);
  });

  test('W4 a client that does not read costs a bounded buffer, and reads anew afterwards', async () => {
    const { seen, answer } = await follow();
    answer.pause();
    const large = 'x'.repeat(10_000);
    for (let i = 0; i < 2_000; i++) say({ type: 'TaskSkipped', workspace: 'shop', run: 's', task: 'a', reason: large });
    const sockets = (gateway.edge.live as unknown as { clients: Set<{ response: { writableLength: number }; missed: boolean }> }).clients;
    const [client] = [...sockets];
    expect([client!.missed, client!.response.writableLength < 1_100_000]).toEqual([true, true]);
    answer.resume();
    await until(() => seen.at(-1)!.event === 'reset', 'the client is told to read anew');
    say(ready('shop', 'after'));
    await until(() => seen.at(-1)!.data['run'] === 'after', 'the stream goes on');
  });
});
