import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient, type Client } from './client.ts';
import { ApiError, OutcomePending, Unreachable } from './errors.ts';
import { realPorts, type Ports } from '@novacron/kernel';

type Reply = (response: ServerResponse) => void;
const json = (status: number, body: unknown, headers: Record<string, string> = {}): Reply => (response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const hangUp: Reply = (response) => response.destroy();

/** Backoff costs no time: a timer of less than a minute fires at once and moves the clock. */
function fastPorts(): Ports & { readonly waited: number[] } {
  let now = 0;
  const waited: number[] = [];
  const after = (ms: number, callback: () => void) => {
    if (ms >= 40_000) return () => {};
    waited.push(ms);
    now += ms;
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  };
  const real = realPorts();
  return { ...real, clock: { now: () => now, monotonic: () => now }, timers: { ...real.timers, after }, random: { ...real.random, number: () => 1 }, waited };
}

describe('the client', () => {
  let server: Server;
  let replies: Reply[];
  let asked: { line: string; key: string | undefined; prefer: string | undefined; body: string }[];
  let ports: ReturnType<typeof fastPorts>;
  let client: Client;

  beforeEach(async () => {
    replies = [];
    asked = [];
    ports = fastPorts();
    server = createServer((request, response) => void answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = createClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, key: 'nvk_x', ports, patience: 10_000 });
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { authorization, 'idempotency-key': key, prefer } = request.headers;
    if (authorization !== 'Bearer nvk_x') return json(401, { code: 'Unauthenticated' })(response);
    asked.push({ line: `${request.method} ${request.url}`, key: key as string | undefined, prefer: prefer as string | undefined, body });
    (replies.shift() ?? json(200, { items: [] }))(response);
  }

  test('a mutation carries a key and is repeated under it while the connection breaks or the server is away', async () => {
    replies = [hangUp, json(503, { code: 'Unavailable' }, { 'retry-after': '1' }), json(202, { command: 'c', status: 'pending' }), json(201, { run: 'r1', workflow: 'wf', version: 1, status: 'running' })];
    await expect(client.runs.start('shop', 'wf', { params: { n: 1 } })).resolves.toEqual({ run: 'r1', workflow: 'wf', version: 1, status: 'running' });
    expect(asked.map(({ line, body }) => `${line} ${body}`)).toEqual(Array(4).fill('POST /api/v1/shop/workflows/wf/runs {"params":{"n":1}}'));
    expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
    expect(asked[0]).toMatchObject({ key: expect.stringMatching(/^[0-9a-f-]{36}$/), prefer: 'wait=10' });
    expect(ports.waited).toEqual([400, 1_000, 1_600]);
  });

  test('a given key is sent as it is; reads have none', async () => {
    replies = [json(201, {}), json(200, { items: [] })];
    await client.workspaces.create({ name: 'shop' }, { idempotencyKey: 'round-1:shop' });
    await client.workspaces.list();
    expect(asked.map(({ key }) => key)).toEqual(['round-1:shop', undefined]);
  });

  test('reads give the position of the last write to the same workspace, and of no other', async () => {
    replies = [json(200, { workflow: 'wf', version: 2 }, { 'novacron-position': 'gateway.3.17' })];
    await client.workflows.apply('shop', { yaml: 'x' });
    await client.runs.list('shop', { workflow: 'wf' });
    await client.runs.list('vision');
    expect(asked.slice(1).map(({ line }) => line)).toEqual(['GET /api/v1/shop/runs?workflow=wf&position=gateway.3.17', 'GET /api/v1/vision/runs']);
  });

  test('problem+json becomes an error with its diagnostics, at once', async () => {
    const diagnostics = [{ severity: 'error', message: "unknown field 'retrys'", file: 'workflow.yaml', line: 9, column: 7, path: 'spec' }];
    replies = [json(422, { code: 'WorkflowInvalid', detail: 'no', diagnostics }), (response) => response.writeHead(500).end('<html>')];
    const error = await client.workflows.apply('shop', { yaml: 'x' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422, code: 'WorkflowInvalid', detail: 'no', id: 'WorkflowInvalid', diagnostics });
    await expect(client.runs.get('shop', 'r')).rejects.toMatchObject({ status: 500, code: 'Http500', detail: '<html>' });
    expect(asked).toHaveLength(2);
  });

  test('patience ends: nobody there, not now, outcome unknown', async () => {
    replies = Array<Reply>(40).fill(json(202, { status: 'pending' }));
    await expect(client.models.grant('vision', 'm', 'shop', { idempotencyKey: 'k' })).rejects.toEqual(new OutcomePending('k'));
    replies = Array<Reply>(40).fill(json(503, { code: 'Unavailable', detail: 'starting' }));
    await expect(client.runs.list('shop')).rejects.toMatchObject({ status: 503, detail: 'starting' });
    server.close();
    server.closeAllConnections();
    const error = await client.runs.list('shop').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Unreachable);
    expect((error as Error).message).toBe(`Nothing answers at ${client.url} (ECONNREFUSED).`);
  });

  test('names of things are escaped in paths', async () => {
    await client.runs.task('shop', 'r 1', 'part[0]/x');
    expect(asked[0]!.line).toBe('GET /api/v1/shop/runs/r%201/tasks/part%5B0%5D%2Fx');
  });

  test('events go on behind the last one over a broken connection', async () => {
    const stream = (text: string, end: boolean): Reply => (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(text, () => end && response.destroy());
    };
    replies = [
      stream('id: b-4\nevent: open\ndata: {}\n\n: beat\n\nid: b-5\nevent: TaskReady\ndata: {"task":"a"}\n\nid: b-6\nevent: TaskFai', true),
      json(503, {}),
      stream('id: b-6\r\nevent: TaskFailed\r\ndata: {"task":"a"}\r\n\r\n', false),
    ];
    const over = new AbortController();
    const heard: unknown[] = [];
    for await (const event of client.events('shop', { run: 'r1', types: ['TaskReady', 'TaskFailed'], from: 'b-3', signal: over.signal })) {
      heard.push([event.id, event.type, event.data]);
      if (event.type === 'TaskFailed') over.abort();
    }
    expect(heard).toEqual([['b-4', 'open', {}], ['b-5', 'TaskReady', { task: 'a' }], ['b-6', 'TaskFailed', { task: 'a' }]]);
    expect(asked.map(({ line }) => line.replace(/.*from/, 'from'))).toEqual(['from=b-3', 'from=b-5', 'from=b-5']);
  });

  test('what the server refuses ends a stream', async () => {
    replies = [json(404, { code: 'WorkspaceUnknown', detail: 'There is no workspace x.' })];
    await expect(client.events('x').next()).rejects.toMatchObject({ code: 'WorkspaceUnknown' });
  });

  test('a followed log comes once although each connection tells it from its start', async () => {
    const log = (pieces: string[], end: boolean): Reply => (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(pieces.map((piece) => `event: log\ndata: ${JSON.stringify(piece)}\n\n`).join('') + (end ? 'event: end\ndata: "succeeded"\n\n' : ''), () => response.destroy());
    };
    replies = [json(200, { name: 't', attempt: 2 }), log(['one\n', 'two\nth'], false), log(['one\ntwo', '\nth', 'ree\n'], true)];
    const pieces: string[] = [];
    for await (const piece of client.logs('shop', 'r1', 't', { follow: true })) pieces.push(piece);
    expect(pieces).toEqual(['one\n', 'two\nth', 'ree\n']);
    expect(asked.map(({ line }) => line.replace('/api/v1/shop/runs/r1/tasks/t', ''))).toEqual(['GET ', 'GET /logs?attempt=2&follow=true', 'GET /logs?attempt=2&follow=true']);
  });

  test('a finished log is one text', async () => {
    replies = [(response) => response.end('a\nb\n')];
    const pieces: string[] = [];
    for await (const piece of client.logs('shop', 'r1', 't', { attempt: 1 })) pieces.push(piece);
    expect(pieces.join('')).toBe('a\nb\n');
    expect(asked[0]!.line).toBe('GET /api/v1/shop/runs/r1/tasks/t/logs?attempt=1');
  });
});
