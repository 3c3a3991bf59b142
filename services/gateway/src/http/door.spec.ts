import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Role } from '@novacron/contracts';
import { mintNodeCredential } from '@novacron/service';
import { fakeGateway, type FakeGateway } from '../testing/fakes.ts';
import { openApi } from './openapi.ts';
import { PREFIX, type Route } from './route.ts';
import { RESERVED } from './routes/access.ts';
import { routes } from './routes.ts';

const ROLES: readonly Role[] = ['viewer', 'operator', 'author', 'admin'];
let gateway: FakeGateway;

beforeAll(async () => {
  gateway = await fakeGateway({ live: { open: (_: unknown, reply: { hijack(): void; raw: { end(): void } }) => { reply.hijack(); reply.raw.end(); } } as never });
});
afterAll(() => gateway.close());

const urlOf = (route: Route, workspace: string) => PREFIX + route.path.replace('{ws}', workspace).replace(/\{\w+\}/g, 'x');
const nameOf = (route: Route) => `${route.method} ${route.path}`;

async function ask(route: Route, workspace: string, authorization?: string) {
  const answer = await gateway.ask({ method: route.method, url: urlOf(route, workspace), headers: { prefer: 'wait=0', ...(authorization !== undefined && { authorization }) } });
  return { status: answer.statusCode, code: answer.headers['content-type']?.toString().includes('problem') ? (JSON.parse(answer.body) as { code: string }).code : undefined };
}

describe('SE-01 every route lets in exactly whom it names', () => {
  test.each(routes.map((route) => [nameOf(route), route] as const))('%s', async (_, route) => {
    for (const role of ROLES) {
      const own = await ask(route, 'shop', `Bearer ${gateway.key('shop', role)}`);
      const system = await ask(route, 'shop', `Bearer ${gateway.key('system', role)}`);
      const enough = route.role !== 'node' && ROLES.indexOf(role) >= ROLES.indexOf(route.role);
      if (route.role === 'node') expect([role, own.status, system.status]).toEqual([role, 401, 401]);
      else if (route.scope === 'workspace') {
        expect([role, own.code === 'RoleMissing']).toEqual([role, !enough]);
        expect([role, system.code === 'WorkspaceUnknown']).toEqual([role, role !== 'admin']);
        for (const other of ['vision', 'nowhere', 'system']) expect([role, other, await ask(route, other, `Bearer ${gateway.key('shop', role)}`)]).toEqual([role, other, { status: 404, code: 'WorkspaceUnknown' }]);
      } else if (route.scope === 'system') {
        expect([role, own.status]).toEqual([role, 403]);
        expect([role, system.code === 'RoleMissing']).toEqual([role, !enough]);
      } else expect([role, own.status, system.status]).toEqual([role, expect.not.stringMatching(/40[134]/), expect.anything()]);
      for (const { status } of [own, system]) expect(status).toBeLessThan(500);
    }
  });

  test.each(routes.map((route) => [nameOf(route), route] as const))('%s: no token and garbage tokens get 401, and write nothing', async (_, route) => {
    const before = gateway.log.events.length;
    const revoked = gateway.key('shop', 'admin', 'revoked');
    gateway.log.scenario.given({ type: 'KeyRevoked', key: 'revoked', workspace: 'shop' });
    (gateway.edge.directory as unknown as { hear(event: object): void }).hear({ type: 'KeyRevoked', key: 'revoked' });
    const node = mintNodeCredential(Buffer.alloc(32, 9), { id: 'n', pool: 'default' });
    const garbage = [undefined, '', 'Bearer', 'Bearer nothing', 'Basic YTpi', 'Bearer nvk_' + 'A'.repeat(43), 'Bearer ' + 'x'.repeat(4_000), `Bearer ${revoked}`, `Bearer ${node}`, 'bearer null'];
    for (const authorization of garbage) expect([authorization, (await ask(route, 'shop', authorization)).status]).toEqual([authorization, 401]);
    expect(gateway.log.events.length - before).toBe(2);
  });

  test('a node\'s credential opens the route of agents and no other', async () => {
    const token = `Bearer ${mintNodeCredential(gateway.edge.secrets.credentialKey, { id: 'n', pool: 'default' })}`;
    for (const route of routes) expect([nameOf(route), (await ask(route, 'shop', token)).status]).toEqual([nameOf(route), route.role === 'node' ? 200 : 401]);
  });

  test('an unknown path, whatever its ending, is behind the same door', async () => {
    for (const url of ['/api/v1/health', '/api/v1/shop/healthz', '/api/v1/shop/runs/readyz', '/api/v1/shop/metrics', '/api/v1/%2e%2e/healthz', '/api/v1/shop/openapi.json']) {
      expect([url, (await gateway.ask({ url })).statusCode]).toEqual([url, 401]);
    }
    const answer = await gateway.ask({ url: '/api/v1/a/b/c/d/e', headers: { authorization: `Bearer ${gateway.key('shop', 'viewer')}` } });
    expect([answer.statusCode, JSON.parse(answer.body)]).toEqual([404, expect.objectContaining({ code: 'RouteUnknown' })]);
  });

  test('a gateway that is behind the log does not call unknown what it may not have heard of yet', async () => {
    const behind = await fakeGateway({ current: async () => false });
    const statusOf = async (workspace: string, key: string) => (await behind.ask({ url: `${PREFIX}/${workspace}/runs`, headers: { authorization: `Bearer ${key}` } })).statusCode;
    const known = behind.key('shop', 'viewer');
    const flipped = known.slice(0, -1) + (known.endsWith('A') ? 'B' : 'A');
    expect([await statusOf('nowhere', known), await statusOf('shop', flipped), await statusOf('shop', 'no key at all')]).toEqual([503, 503, 401]);
    await behind.close();
  });

  test('nor does one that has just started and has not read all workspaces', async () => {
    const starting = await fakeGateway();
    const known = starting.key('system', 'admin');
    const status = async () => (await starting.ask({ url: `${PREFIX}/nowhere/runs`, headers: { authorization: `Bearer ${known}` } })).statusCode;
    const ready = jest.spyOn(starting.edge.directory, 'ready', 'get').mockReturnValue(false);
    expect(await status()).toBe(503);
    ready.mockRestore();
    expect(await status()).toBe(404);
    await starting.close();
  });

  test('SE-04 a known caller\'s refused command changes only the audit trail of its own workspace', async () => {
    const before = gateway.log.events.length;
    const route = routes.find(({ operation }) => operation === 'startRun')!;
    await ask(route, 'vision', `Bearer ${gateway.key('shop', 'admin', 'outsider')}`);
    expect(gateway.log.events.slice(before + 1)).toMatchObject([
      { type: 'CommandTaken', workspace: 'shop' },
      { type: 'CommandRefused', workspace: 'shop', operation: 'startRun', actor: { key: 'outsider' }, problem: { code: 'WorkspaceUnknown' } },
    ]);
  });
});

describe('the description of the API', () => {
  test('API9 OpenAPI and router hold the same routes', async () => {
    const document = openApi(routes) as { paths: Record<string, Record<string, { operationId: string }>> };
    const described = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)).sort();
    const routed: string[] = [];
    for (const line of described) {
      const [method, path] = line.split(' ') as [string, string];
      if (gateway.fastify.hasRoute({ method: method as 'GET', url: path.replace(/\{(\w+)\}/g, ':$1') })) routed.push(line);
    }
    expect(routed).toEqual(described);
    expect(described.length).toBe(routes.length);
    // Of all routes that the router prints, none is missing here; the public ones are named one by one.
    const printed = gateway.fastify.printRoutes({ commonPrefix: false }).match(/\(([A-Z, ]+)\)/g)!.flatMap((methods) => methods.split(','));
    expect(printed.length).toBe(routes.length + 1);
    expect(JSON.parse((await gateway.ask({ url: '/openapi.json' })).body)).toEqual(document);
  });

  test('operations have one name each, and no workspace can take the place of a path', () => {
    expect(new Set(routes.map((route) => route.operation)).size).toBe(routes.length);
    const first = new Set(routes.map((route) => route.path.split('/')[1]!).filter((segment) => segment !== '{ws}'));
    expect(RESERVED).toEqual(expect.arrayContaining([...first]));
  });
});
