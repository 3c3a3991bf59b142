import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { realPorts, type Message, type Ports } from '@novacron/kernel';
import { seal, type Secrets } from '@novacron/service';
import { MemoryServiceLog } from '@novacron/testing';
import { Webhook } from 'standardwebhooks';
import { definition } from '../definition.ts';
import type { Deliver } from '../domain/delivery/messages.ts';
import { allowList } from './addresses.ts';
import { Deliveries } from './deliver.ts';

interface Got { path: string; headers: IncomingMessage['headers']; body: string }
type Behave = (request: Got, response: ServerResponse) => void;

const secrets: Secrets = { credentialKey: Buffer.alloc(32, 1), sealingKey: Buffer.alloc(32, 2) };
const key = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
const { random } = realPorts();
const ok: Behave = (_request, response) => void response.writeHead(200).end('ok');
/** Time is jest's: timers, Date and with them opossum's circuit stand still until it is moved; sockets are real. */
const ports: Ports = {
  clock: { now: () => Date.now(), monotonic: () => Date.now() },
  timers: { after: (ms, callback) => { const timer = setTimeout(callback, ms); return () => clearTimeout(timer); }, yield: (callback) => void setImmediate(callback) },
  random: { uuid: () => 'u', number: () => 0.5, bytes: (count) => new Uint8Array(count) },
};

let server: Server;
let origin: string;
let behave: Behave;
let got: Got[];
let log: MemoryServiceLog<typeof definition.schema>;
let deliveries: Deliveries;

beforeEach(async () => {
  [got, behave] = [[], ok];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => void (body += part.toString())).on('end', () => {
      const each = { path: request.url!, headers: request.headers, body };
      got.push(each);
      behave(each, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'], now: 1_800_000_000_000 });
  log = new MemoryServiceLog(definition, () => Date.now(), 1);
  deliveries = new Deliveries(secrets, { ports, allow: allowList(origin.slice('http://'.length)) });
  log.restart({ Deliver: (effect: Deliver) => deliveries.deliver(effect) });
});
afterEach(() => {
  deliveries.close();
  jest.useRealTimers();
  server.closeAllConnections();
  server.close();
});

async function add(destination: string, kind: 'slack' | 'webhook' = 'webhook', url = `${origin}/${destination}`): Promise<void> {
  const sealed = seal(secrets.sealingKey, JSON.stringify(kind === 'slack' ? { url } : { url, secret: key }), random);
  await log.submit('shop', { type: 'DestinationAddRequested', command: destination, workspace: 'shop', actor: { key: 'k', name: 'ann' }, destination, kind, sealed, shown: '…', events: [] });
}
const fail = (run: string) => log.submit('shop', { type: 'RunFailed', workspace: 'shop', workflow: 'w', run, reason: 'boom <b> & co', startedAt: 1 });
const ended = () => log.said().filter(({ type }) => type === 'DeliverySucceeded' || type === 'DeliveryAbandoned');
/** Turns of the real event loop, without the faked timers. */
const settled = (count: number) => untilReal(() => ended().length >= count);
const untilReal = async (condition: () => boolean) => {
  for (let i = 0; i < 20_000 && !condition(); i++) await new Promise<void>((resolve) => void setImmediate(resolve));
  expect(condition()).toBe(true);
};
/** Lets time pass second by second, deciding timers as they come due. */
async function pass(seconds: number, each: () => void = () => undefined): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    jest.advanceTimersByTime(1_000);
    each();
    await log.tick();
    await untilReal(() => log.open.size === 0);
  }
}

describe('a message', () => {
  it('NO-01: is Slack\'s format at Slack', async () => {
    await add('chat', 'slack');
    await fail('r1');
    await settled(1);
    expect(JSON.parse(got[0]!.body)).toEqual({
      text: 'w failed: Run r1 of shop/w failed: boom &lt;b&gt; &amp; co.',
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: '*w failed*\nRun r1 of shop/w failed: boom &lt;b&gt; &amp; co.' } },
        { type: 'context', elements: [{ type: 'mrkdwn', text: expect.stringMatching(/^run\.failed · workspace shop · not0-/) }] },
      ],
    });
    expect(log.said('DeliverySucceeded')).toMatchObject([{ destination: 'chat', tries: 1, status: 200 }]);
  });

  it('is signed by Standard Webhooks, and every try of it has the same id and body', async () => {
    await add('hook');
    let answers = 0;
    behave = (_request, response) => void response.writeHead(++answers < 3 ? 503 : 204).end();
    await fail('r1');
    await pass(60);
    expect(got).toHaveLength(3);
    for (const { headers, body } of got) {
      expect([headers['webhook-id'], body]).toEqual([got[0]!.headers['webhook-id'], got[0]!.body]);
    }
    const last = got[2]!;
    jest.setSystemTime(Number(last.headers['webhook-timestamp']) * 1_000);
    expect(new Webhook(key).verify(last.body, last.headers as Record<string, string>)).toEqual({
      type: 'run.failed', timestamp: '2027-01-15T08:00:00.000Z',
      data: { workspace: 'shop', subject: 'w failed', text: 'Run r1 of shop/w failed: boom <b> & co.', workflow: 'w', run: 'r1', reason: 'boom <b> & co', timedOut: false },
    });
    expect(() => new Webhook(key).verify(last.body.replace('r1', 'r2'), last.headers as Record<string, string>)).toThrow();
    expect(log.said('DeliverySucceeded')).toMatchObject([{ tries: 3, status: 204 }]);
  });

  it('honours Retry-After, follows no redirect, reads no endless answer', async () => {
    await add('hook');
    behave = (_request, response) => void response.writeHead(429, { 'retry-after': '600' }).end();
    await fail('r1');
    await untilReal(() => log.said('DeliveryDelayed').length === 1);
    expect(log.said('DeliveryDelayed')).toMatchObject([{ at: Date.now() + 600_000, error: 'HTTP 429' }]);
    behave = (_request, response) => void response.writeHead(302, { location: `${origin}/inner` }).end();
    await fail('r2');
    await untilReal(() => log.said('DeliveryDelayed').length === 2);
    expect(log.said('DeliveryDelayed')[1]).toMatchObject({ error: 'HTTP 302: redirects are not followed' });
    expect(got.map(({ path }) => path)).toEqual(['/hook', '/hook']);
    behave = (_request, response) => {
      response.writeHead(200);
      const pour = () => { while (!response.destroyed && response.write('x'.repeat(65_536))); };
      response.on('drain', pour);
      pour();
    };
    await fail('r3');
    await settled(1);
    expect(log.said('DeliverySucceeded')).toHaveLength(1);
  });

  it('waits 10 s for an answer, not longer', async () => {
    await add('hook');
    behave = () => undefined;
    await fail('r1');
    await untilReal(() => got.length === 1);
    jest.advanceTimersByTime(10_000);
    await untilReal(() => log.said('DeliveryDelayed').length === 1);
    expect(log.said('DeliveryDelayed')).toMatchObject([{ error: 'no answer within 10 s' }]);
  });

  it('to 410 Gone disables the destination', async () => {
    await add('hook');
    behave = (_request, response) => void response.writeHead(410).end();
    await fail('r1');
    await settled(1);
    await fail('r2');
    expect([got.length, log.said('DestinationDisabled').length, log.open.size]).toEqual([1, 1, 0]);
  });

  it.each([
    ['a private address', 'http://127.0.0.1:1/T0/SECRET', /private address|plain http/],
    ['an unreadable URL', 'SECRET', /cannot be read/],
  ])('to %s is abandoned at once, and nothing said of it is secret', async (_what, url, error) => {
    await add('bad', 'slack', url);
    await fail('r1');
    await settled(1);
    expect(log.said('DeliveryAbandoned')).toMatchObject([{ tries: 1, error: expect.stringMatching(error) }]);
    expect(JSON.stringify(log.said())).not.toContain('SECRET');
  });

  it('sealed with another key is abandoned with a sentence', async () => {
    await log.submit('shop', { type: 'DestinationAddRequested', command: 'c', workspace: 'shop', actor: { key: 'k', name: 'ann' }, destination: 'x', kind: 'slack', sealed: seal(Buffer.alloc(32, 5), '{}', random), shown: '…', events: [] });
    await fail('r1');
    await settled(1);
    expect(log.said('DeliveryAbandoned')).toMatchObject([{ error: expect.stringMatching(/sealed with another key/) }]);
  });
});

describe('a receiver that is down for 5 minutes', () => {
  it('gets every message once it is back; its circuit spares it, and others notice nothing', async () => {
    await add('down');
    await add('up');
    const start = Date.now();
    let posts = 0;
    behave = ({ path }, response) => {
      const down = path === '/down' && Date.now() < start + 300_000;
      if (down) posts++;
      response.writeHead(down ? 500 : 200).end();
    };
    for (let i = 0; i < 40; i++) await fail(`r${i}`);
    await untilReal(() => log.open.size === 0);
    expect(log.said('DeliverySucceeded').map(({ destination }) => destination)).toEqual(Array.from({ length: 40 }, () => 'up'));
    let last = Date.now();
    await pass(300, () => { last = Date.now(); });
    expect(last).toBe(start + 300_000);
    // 5 until the circuit opened with those already under way, then one probe in 30 s; without the circuit it is 200.
    expect(posts).toBeLessThan(20);
    await pass(1_200);
    expect(log.said('DeliverySucceeded')).toHaveLength(80);
    expect(log.said('DeliveryAbandoned')).toEqual([]);
    const taken = got.filter(({ path }) => path === '/down').slice(posts).map(({ headers }) => headers['webhook-id']);
    expect([taken.length, new Set(taken).size]).toEqual([40, 40]);
  }, 30_000);

  it('has at most 4 posts under way, and another destination none of its waiting', async () => {
    await add('slow');
    await add('up');
    const held: ServerResponse[] = [];
    behave = ({ path }, response) => (path === '/slow' ? void held.push(response) : ok({} as Got, response));
    for (let i = 0; i < 10; i++) await fail(`r${i}`);
    await settled(10);
    await untilReal(() => held.length === 4);
    expect(log.said('DeliverySucceeded').every(({ destination }: Message) => destination === 'up')).toBe(true);
    for (let i = 0; i < 10; i++) {
      await untilReal(() => held.length > i);
      expect(held.length - i).toBeLessThanOrEqual(4);
      held[i]!.writeHead(200).end();
      await settled(11 + i);
    }
  });
});
