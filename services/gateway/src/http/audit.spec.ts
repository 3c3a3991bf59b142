import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { messages } from '@novacron/contracts';
import type { Message } from '@novacron/kernel';
import fc from 'fast-check';
import { project } from '../projections/project.ts';
import { fakeGateway, type FakeGateway } from '../testing/fakes.ts';
import { routes } from './routes.ts';

let gateway: FakeGateway;
beforeAll(async () => void (gateway = await fakeGateway()));
afterAll(() => gateway.close());

const WORKSPACES = ['shop', 'vision'] as const;
const ROLES = ['viewer', 'operator', 'author', 'admin'] as const;
/** A body that each mutation takes, where it takes one. */
const bodies: Readonly<Record<string, (n: number) => object>> = {
  createWorkspace: (n) => ({ name: `team-${n % 7}` }), createKey: (n) => ({ name: `key ${n}`, role: 'viewer' }), createNodeToken: () => ({}), applyWorkflow: () => ({ yaml: 'apiVersion: novacron.io/v1\nkind: Workflow\nmetadata: {name: w}\nspec:\n  tasks:\n    - name: a\n      run: ["true"]\n' }),
  publishModelVersion: (n) => ({ version: `1.${n}.0` }), setModelAlias: () => ({ version: '1.0.0' }), grantModel: () => ({ grantee: 'vision' }), applyTrigger: () => ({ kind: 'cron', cron: '0 3 * * *', timezone: 'UTC' }),
  addDestination: (n) => ({ name: `d${n}`, kind: 'slack', url: 'https://hooks.slack.com/services/CANARY', events: ['RunFailed'] }), setPool: () => ({ title: 'Pool' }), setQuota: () => ({ cpu: 3 }),
};
const mutations = routes.filter((route) => route.kind === 'mutation');

/** What the other services say: now a fact, now a refusal. */
function answered(said: Message): Message | undefined {
  const type = said.type.endsWith('Requested') && typeof said.command === 'string' ? said.type.replace('Requested', '') : undefined;
  if (!type) return undefined;
  const by = { command: said.command as string, workspace: said.workspace as string };
  return said.command!.toString().length % 2 ? { type: 'RunCommandRefused', ...by, problem: { code: 'NotNow', status: 409, detail: 'no' } } : { type: 'RunCommandAnswered', ...by, run: 'r', workflow: 'w', status: 'done' };
}

describe('the audit trail', () => {
  test('SE-04 CO-04 attributes each of 1,000 random mutations: who, when, from where, with which key, and what came of it', async () => {
    gateway.log.answer = answered;
    const keys = Object.fromEntries([...WORKSPACES, 'system'].flatMap((workspace) => ROLES.map((role) => [`${workspace}-${role}`, gateway.key(workspace, role)])));
    const asking = fc.record({ route: fc.constantFrom(...mutations), workspace: fc.constantFrom(...WORKSPACES), key: fc.constantFrom(...Object.keys(keys)), n: fc.nat(1_000) });
    const sample = fc.sample(asking, { numRuns: 1_000, seed: 4_711 });
    const statuses = new Map<number, number>();
    for (const { route, workspace, key, n } of sample) {
      const before = gateway.log.events.length;
      const url = `/api/v1${route.path.replace('{ws}', workspace).replace(/\{(\w+)\}/g, 'x1')}`;
      const body = bodies[route.operation]?.(n);
      const answer = await gateway.ask({ method: route.method, url, headers: { authorization: `Bearer ${keys[key]!}`, prefer: 'wait=5', ...(body && { 'content-type': 'application/json' }) }, ...(body && { payload: JSON.stringify(body) }) });
      statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
      const rows = rowsOf(gateway.log.events.slice(before));
      const said = [...rows.values()];
      expect([route.operation, answer.body, said.length]).toEqual([route.operation, answer.body, 1]);
      expect(said[0]).toMatchObject({
        actor: { key, name: key, ip: '127.0.0.1', auth: 'api-key' }, actorKey: key, at: expect.any(Number), operation: expect.any(String),
        outcome: { status: answer.statusCode, type: expect.any(String), ...(answer.statusCode >= 400 && { code: (JSON.parse(answer.body) as { code: string }).code }) }, settledAt: expect.any(Number),
      });
    }
    // It means nothing unless all kinds of answers were there.
    expect([200, 201, 403, 404, 409].filter((status) => !statuses.has(status))).toEqual([]);
    expect([...statuses.keys()].filter((status) => status >= 500 || status === 400)).toEqual([]);
    expect(JSON.stringify(gateway.log.events)).not.toContain('CANARY');
  }, 60_000);

  test('knows every mutation of the API, and every event that one becomes', () => {
    const said = [...messages.values()].filter((spec) => spec.said === 'gateway' && spec.type !== 'CommandSettled');
    expect(said.filter((spec) => !('actor' in spec.schema.shape)).map(({ type }) => type)).toEqual([]);
    expect(mutations.length).toBeGreaterThan(20);
  });
});

/** Rows of the trail that these events make. */
function rowsOf(events: readonly Message[]): Map<string, Record<string, unknown>> {
  const rows = new Map<string, Record<string, unknown>>();
  for (const [n, event] of events.entries()) {
    for (const { table, key, set } of project(event, { topic: 'gateway', partition: 0, seq: 0, n, time: 5 })) {
      if (table === 'audit') rows.set(key['id'] as string, { ...rows.get(key['id'] as string), ...set });
    }
  }
  return rows;
}
