import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { unseal } from '@novacron/service';
import { fakeGateway, type FakeGateway } from '../testing/fakes.ts';
import { RateLimit } from './rate-limit.ts';

let gateway: FakeGateway;
beforeAll(async () => void (gateway = await fakeGateway()));
afterAll(() => gateway.close());

const workflow = 'apiVersion: novacron.io/v1\nkind: Workflow\nmetadata: {name: hello}\nspec:\n  tasks:\n    - name: greet\n      run: ["true"]\n';
type Answer = { status: number; headers: Record<string, unknown>; body: Record<string, never> & { [field: string]: unknown } };

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, as = gateway.key('shop', 'admin')): Promise<Answer> {
  const answer = await gateway.ask({
    method, url: `/api/v1${path}`, headers: { authorization: `Bearer ${as}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.body ? (JSON.parse(answer.body) as never) : ({} as never) };
}

describe('commands', () => {
  const started = (said: { type: string; command?: unknown }) => (said.type === 'RunRequested' ? { type: 'RunStarted', command: said.command as string, workspace: 'shop', workflow: 'hello', run: said.command as string, version: 1 } : undefined);

  test('W1 TR-15 a run is started once per key, and its answer is folded', async () => {
    gateway.log.answer = started;
    const first = await call('POST', '/shop/workflows/hello/runs', { params: { n: 1 } }, { 'idempotency-key': 'r1' });
    expect([first.status, first.body]).toEqual([201, { run: expect.any(String), workflow: 'hello', version: 1, status: 'running' }]);
    expect(first.headers['novacron-position']).toMatch(/^gateway\.0\.\d+$/);
    const again = await call('POST', '/shop/workflows/hello/runs', { params: { n: 1 } }, { 'idempotency-key': 'r1' });
    expect([again.status, again.body]).toEqual([201, first.body]);
    const other = await call('POST', '/shop/workflows/hello/runs', { params: { n: 2 } }, { 'idempotency-key': 'r1' });
    expect([other.status, other.body.code]).toEqual([409, 'IdempotencyKeyReused']);
    expect(gateway.log.events.filter((event) => event.type === 'RunRequested').length).toBe(1);
  });

  test('what is not settled in time is answered with 202 and where to look', async () => {
    gateway.log.answer = () => undefined;
    const answer = await call('POST', '/shop/workflows/hello/runs', undefined, { prefer: 'respond-async, wait=0' });
    expect([answer.status, answer.body]).toEqual([202, { command: expect.any(String), status: 'pending' }]);
    const { command } = answer.body as unknown as { command: string };
    expect(answer.headers['location']).toBe(`/api/v1/shop/commands/${command}`);
    expect((await call('GET', `/shop/commands/${command}`)).body).toEqual({ command, status: 'pending' });
    gateway.log.scenario.events({ type: 'RunRefused', command, workspace: 'shop', problem: { code: 'WorkflowUnknown', status: 404, detail: 'none' } });
    expect((await call('GET', `/shop/commands/${command}`)).body).toMatchObject({ status: 'settled', outcome: { status: 404 } });
  });

  test('a refusal of another service is told as a problem', async () => {
    gateway.log.answer = (said) => (said.type === 'RunRequested' ? { type: 'RunRefused', command: said.command as string, workspace: 'shop', problem: { code: 'WorkflowUnknown', status: 404, detail: 'There is no workflow.' } } : undefined);
    expect(await call('POST', '/shop/workflows/none/runs')).toMatchObject({ status: 404, body: { code: 'WorkflowUnknown', title: 'Workflow unknown', type: 'urn:novacron:problem:WorkflowUnknown' } });
  });

  test('SE-02 a key is shown once, works at once, and stops working when revoked; the log holds its hash only', async () => {
    const made = await call('POST', '/shop/keys', { name: 'ci', role: 'operator' }, { 'idempotency-key': 'k1' });
    const { secret, key } = made.body as unknown as { secret: string; key: string };
    expect(secret).toMatch(/^nvk_[\w-]{43}$/);
    expect((await call('POST', '/shop/keys', { name: 'ci', role: 'operator' }, { 'idempotency-key': 'k1' })).body).toEqual({ key, name: 'ci', role: 'operator', prefix: secret.slice(0, 10) });
    expect(JSON.stringify(gateway.log.events)).not.toContain(secret);
    expect((await call('GET', '/shop/runs', undefined, {}, secret)).status).toBe(200);
    expect((await call('DELETE', `/shop/keys/${key}`)).status).toBe(200);
    expect((await call('GET', '/shop/runs', undefined, {}, secret)).status).toBe(401);
  });

  test('NO-01 a destination enters the log sealed', async () => {
    const url = 'https://hooks.slack.com/services/T0/B0/very-secret';
    await call('POST', '/shop/destinations', { name: 'team', kind: 'slack', url, events: ['RunFailed'] }, { prefer: 'wait=0' });
    const event = gateway.log.events.find((said) => said.type === 'DestinationAddRequested')!;
    expect(JSON.stringify(gateway.log.events)).not.toContain('very-secret');
    expect(event.shown).toBe('https://hooks.slack.com/…cret');
    expect(JSON.parse(unseal(gateway.edge.secrets.sealingKey, event.sealed as string))).toEqual({ url });
  });
});

describe('malformed input is told where and what', () => {
  test('a workflow with a wrong field comes back with line, column and suggestion', async () => {
    const wrong = workflow.replace('tasks:', 'taks:');
    const answer = await call('POST', '/shop/workflows', { yaml: wrong });
    expect([answer.status, answer.body.code]).toEqual([422, 'WorkflowInvalid']);
    expect((answer.body as unknown as { diagnostics: object[] }).diagnostics[0]).toMatchObject({ line: 5, column: 3, message: expect.any(String) });
    const text = await call('POST', '/shop/workflows', wrong, { 'content-type': 'text/yaml' });
    expect(text.body).toEqual(answer.body);
  });

  test('a good workflow is asked for with its definition', async () => {
    gateway.log.answer = (said) => (said.type === 'WorkflowApplyRequested' ? { type: 'WorkflowApplied', command: said.command as string, workspace: 'shop', workflow: 'hello', version: 1, definition: {}, source: '' } : undefined);
    expect(await call('POST', '/shop/workflows', workflow, { 'content-type': 'text/yaml' })).toMatchObject({ status: 200, body: { workflow: 'hello', version: 1 } });
    expect(await call('POST', '/shop/workflows', { yaml: workflow, bundle: 'b'.repeat(64) })).toMatchObject({ status: 422, body: { code: 'BundleUnknown' } });
  });

  test.each([
    ['JSON that is none', '{"name": "x",\n "role" "viewer"}', {}, 400, 'JsonMalformed', { line: 2, column: 9 }],
    ['an unknown field', { name: 'x', role: 'viewer', workspace: 'vision' }, {}, 400, 'RequestInvalid', {}],
    ['a wrong role', { name: 'x', role: 'root' }, {}, 400, 'RequestInvalid', {}],
    ['a foreign media type', 'name=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'MediaTypeUnsupported', {}],
    ['YAML where JSON is due', 'name: x', { 'content-type': 'text/yaml' }, 415, 'MediaTypeUnsupported', {}],
    ['an idempotency key with spaces', { name: 'x', role: 'viewer' }, { 'idempotency-key': 'a b' }, 400, 'IdempotencyKeyInvalid', {}],
  ])('%s', async (_, body, headers, status, code, more) => {
    const before = gateway.log.events.length;
    const as = gateway.key('shop', 'admin');
    expect(await call('POST', '/shop/keys', body, headers as never, as)).toMatchObject({ status, body: { status, code, ...more } });
    expect(gateway.log.events.length - before).toBe(1); // the key that the test made
  });

  test('a cursor and a position that are none are refused', async () => {
    expect(await call('GET', '/shop/runs?limit=0')).toMatchObject({ status: 400, body: { code: 'RequestInvalid' } });
    expect(await call('GET', '/shop/runs?position=here')).toMatchObject({ status: 400, body: { code: 'PositionInvalid' } });
  });
});

describe('W2 reads wait for the position that a write answered', () => {
  test('and are told to try again when the read side is late', async () => {
    const late = await fakeGateway({ reached: async (position) => position.seq < 5 });
    const ask = (position: string) => late.ask({ url: `/api/v1/shop/runs?position=${position}`, headers: { authorization: `Bearer ${late.key('shop', 'viewer')}` } });
    expect((await ask('gateway.0.4')).statusCode).toBe(200);
    const answer = await ask('gateway.0.5');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    await late.close();
  });
});

describe('limits', () => {
  test('a stranger is limited by address and a key by itself, and both are counted', async () => {
    const clock = { now: () => 0, monotonic: () => 0 };
    const tight = await fakeGateway({ limits: { keys: new RateLimit(1, clock), strangers: new RateLimit(1, clock) } });
    const statuses = async (headers: Record<string, string>) => {
      const all: number[] = [];
      for (let i = 0; i < 3; i++) all.push((await tight.ask({ url: '/api/v1/shop/runs', headers })).statusCode);
      return all;
    };
    expect(await statuses({})).toEqual([401, 401, 429]);
    expect(await statuses({ authorization: `Bearer ${tight.key('shop', 'viewer')}` })).toEqual([200, 200, 429]);
    expect(Object.fromEntries(tight.counts)).toEqual({ unauthenticated: 2, 'rate of address': 1, 'rate of key': 1 });
    await tight.close();
  });

  test('a body that is too long is refused before it is read, and the connection ends', async () => {
    const { port } = gateway.fastify.server.address() as AddressInfo;
    const send = (headers: Record<string, string>, write: (request: ReturnType<typeof httpRequest>) => void) => new Promise<{ status: number | undefined; connection: string | undefined }>((resolve, reject) => {
      const outgoing = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/api/v1/shop/keys', headers: { 'content-type': 'application/json', ...headers } }, (answer) => {
        resolve({ status: answer.statusCode, connection: answer.headers.connection });
        outgoing.destroy();
      });
      outgoing.on('error', reject);
      write(outgoing);
    });
    const start = (outgoing: ReturnType<typeof httpRequest>) => void outgoing.write('{');
    expect(await send({ 'content-length': String(2e9) }, start)).toEqual({ status: 413, connection: 'close' });
    expect(await send({ 'transfer-encoding': 'chunked' }, start)).toEqual({ status: 401, connection: 'close' });
    const authorization = `Bearer ${gateway.key('shop', 'admin')}`;
    expect(await send({ authorization, 'transfer-encoding': 'chunked' }, (outgoing) => void outgoing.write('"'.padEnd(1_100_000)))).toEqual({ status: 413, connection: 'close' });
  });
});
