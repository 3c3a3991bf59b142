import { describe, expect, test } from '@jest/globals';
import { isRefusal, partitionOf, type Message } from '@novacron/kernel';
import { Scenario } from '@novacron/testing';
import fc from 'fast-check';
import { definition } from '../../definition.ts';
import type { Command } from './messages.ts';
import { settlingTypes } from './outcomes.ts';
import { KEY_LIFE_MS, MAX_KEYS } from './state.ts';

const by = { command: 'gat0-0', workspace: 'shop', actor: { key: 'k0', name: 'ada' } };
const keyOf = (key: string, role: string, more = {}) => ({ type: 'KeyCreated', ...by, key, name: key, role, hash: 'h-' + key, prefix: 'nvk_', ...more });
const shop = (partitions?: number) => new Scenario(definition, partitions).given({ type: 'WorkspaceCreated', ...by, title: 'Shop' }, keyOf('op', 'operator'), keyOf('view', 'viewer'), keyOf('root', 'admin'));
const start = (more: Partial<Command> = {}): Message => ({
  type: 'Command', operation: 'startRun', workspace: 'shop', home: 'shop', role: 'operator', needs: 'operator', actor: { key: 'op', name: 'op' },
  idempotencyKey: 'once', bodyHash: 'b1', event: { type: 'RunRequested', workflow: 'w', params: {} }, ...more,
}) as Message;
const admin = { actor: { key: 'root', name: 'root' }, role: 'admin', needs: 'admin' } as const;

describe('SE-01 a command is taken by the role that its key has in the workspace', () => {
  test('an operator starts a run: the wish is said once, with its actor, and settles by the answer', () => {
    const scenario = shop();
    expect(scenario.tell(start())).toEqual({
      events: [
        { type: 'CommandTaken', id: 'shop|op|once', command: 'gat0-1', workspace: 'shop', operation: 'startRun', bodyHash: 'b1' },
        { type: 'RunRequested', workflow: 'w', params: {}, command: 'gat0-1', workspace: 'shop', actor: { key: 'op', name: 'op' } },
      ],
      timers: [{ id: 'commands', at: scenario.now + KEY_LIFE_MS, message: { type: 'CommandsExpired' } }],
      reply: { command: 'gat0-1', fresh: true },
    });
    const outcome = { status: 201, type: 'RunStarted', body: { status: 'running', run: 'gat0-1', workflow: 'w', version: 3 } };
    const started = { type: 'RunStarted', command: 'gat0-1', workspace: 'shop', workflow: 'w', run: 'gat0-1', version: 3, params: {} };
    expect(scenario.events(started)).toEqual([{ type: 'CommandSettled', command: 'gat0-1', workspace: 'shop', outcome }]);
    expect(scenario.events(started)).toEqual([]);
    expect(scenario.tell(start())).toEqual({ events: [], reply: { command: 'gat0-1', fresh: false, outcome, position: 'gateway.0.6' } });
  });

  test.each([[1_000], [16], [1]])('its id lies beside the workflow that it is for, with %d partitions', (partitions) => {
    const [{ command }] = shop(partitions).events(start()) as [{ command: string } & Message];
    expect(command).toMatch(/^gat0-1(-\d+)?$/);
    expect(partitionOf(command, partitions)).toBe(partitionOf('shop/w', partitions));
  });

  test('a viewer is refused, and the audit trail says so', () => {
    const actor = { key: 'view', name: 'view' };
    const problem = { code: 'RoleMissing', status: 403, detail: 'startRun needs the role operator in shop; the key has viewer.' };
    expect(shop().decide(start({ actor, role: 'admin' }))).toMatchObject({
      events: [{ type: 'CommandTaken', outcome: { status: 403 } }, { type: 'CommandRefused', command: 'gat0-1', workspace: 'shop', actor, operation: 'startRun', problem }],
      reply: { command: 'gat0-1', fresh: true, outcome: { status: 403, type: 'CommandRefused', body: problem } },
    });
  });

  test.each([
    ['revoked', (scenario: ReturnType<typeof shop>) => scenario.given({ type: 'KeyRevoked', ...by, key: 'op' }), {}],
    ['expired', (scenario: ReturnType<typeof shop>) => scenario.given(keyOf('op', 'operator', { expiresAt: scenario.now })), {}],
    ['of another workspace, under a forged home', (scenario: ReturnType<typeof shop>) => scenario.given(keyOf('op', 'operator', { workspace: 'vision' })), {}],
  ])('a key that is %s says nothing', (_, given) => {
    expect(given(shop()).decide(start())).toMatchObject({ refused: true, status: 401 });
  });

  test('only an admin of the system may act in another workspace', () => {
    expect(shop().decide(start({ home: 'system', role: 'admin', actor: { key: 'sys', name: 'sys' } }))).toMatchObject({ events: [{}, { type: 'RunRequested' }] });
    expect(shop().decide(start({ home: 'system', role: 'author' }))).toMatchObject({ refused: true, status: 404 });
    expect(shop().decide(start({ home: 'vision', role: 'admin' }))).toMatchObject({ refused: true, status: 404 });
  });
});

describe('the gateway settles what it owns', () => {
  test('a key is created under its command\'s id and can be revoked once it is there', () => {
    const scenario = shop();
    const create = start({ ...admin, operation: 'createKey', idempotencyKey: 'c', event: { type: 'KeyCreated', name: 'ci', role: 'author', hash: 'aa', prefix: 'nvk_ab' } });
    expect(scenario.tell(create)).toMatchObject({ reply: { outcome: { status: 201, body: { key: 'gat0-1', name: 'ci', role: 'author', prefix: 'nvk_ab' } } } });
    const revoke = (key: string) => start({ ...admin, operation: 'revokeKey', idempotencyKey: key, bodyHash: key, event: { type: 'KeyRevoked', key } });
    expect(scenario.tell(revoke('gat0-1'))).toMatchObject({ reply: { outcome: { status: 200, body: { key: 'gat0-1' } } } });
    expect(scenario.tell(revoke('nobody'))).toMatchObject({ reply: { outcome: { status: 404, body: { code: 'KeyUnknown' } } } });
  });

  test('a workspace is created once', () => {
    const scenario = shop();
    const create = (workspace: string) => start({ workspace, home: 'system', role: 'admin', needs: 'admin', event: { type: 'WorkspaceCreated', title: 'V' } });
    expect(scenario.tell(create('vision'))).toMatchObject({ reply: { outcome: { status: 201, body: { workspace: 'vision', title: 'V' } } } });
    expect(scenario.tell(create('shop'))).toMatchObject({ reply: { outcome: { status: 409, body: { code: 'WorkspaceExists' } } } });
    expect(scenario.tell(start({ workspace: 'nowhere', home: 'system', role: 'admin' }))).toMatchObject({ reply: { outcome: { status: 404, body: { code: 'WorkspaceUnknown' } } } });
  });

  test('what the edge knows to stand against a command is audited as it is', () => {
    const problem = { code: 'WorkspaceUnknown', status: 404, detail: 'There is no workspace vision.' };
    const { event: _, ...rest } = start({ problem }) as Message & { event: unknown };
    expect(shop().decide(rest)).toMatchObject({ events: [{ type: 'CommandTaken' }, { type: 'CommandRefused', problem }] });
  });
});

describe('first start', () => {
  test('makes system workspace, admin key, node credential and default pool once', () => {
    const scenario = new Scenario(definition);
    const first = { type: 'Bootstrap', hash: 'h1', prefix: 'nvk_a' };
    expect(scenario.events(first).map((event) => event.type)).toEqual(['WorkspaceCreated', 'KeyCreated', 'NodeCredentialCreated', 'PoolSetRequested']);
    expect(scenario.tell(first)).toEqual({ events: [], reply: { nodeCredential: 'gat0-0', accepted: true } });
    expect(scenario.tell({ ...first, hash: 'h2' })).toEqual({ events: [], reply: { nodeCredential: 'gat0-0', accepted: false } });
    expect(scenario.decide({ type: 'DirectoryRequested' })).toMatchObject({ reply: { workspaces: ['system'], keys: [{ role: 'admin', hash: 'h1' }] } });
  });
});

describe('W1 idempotency keys', () => {
  test('the same key with another body is refused and changes nothing', () => {
    const scenario = shop();
    scenario.tell(start());
    expect(scenario.decide(start({ bodyHash: 'b2' }))).toMatchObject({ refused: true, code: 'IdempotencyKeyReused', status: 409 });
  });

  test('a command can be looked up by its id, from its workspace only', () => {
    const scenario = shop();
    scenario.tell(start());
    expect(scenario.decide({ type: 'CommandLookup', workspace: 'shop', command: 'gat0-1' })).toEqual({ events: [], reply: { command: 'gat0-1', fresh: false } });
    expect(scenario.decide({ type: 'CommandLookup', workspace: 'vision', command: 'gat0-1' })).toEqual({ events: [], reply: null });
  });

  test('keys are forgotten after 24 h of log time, a thousand at a time, by one timer', () => {
    const scenario = shop();
    const taken = (n: number) => ({ type: 'CommandTaken', id: `k${n}`, command: `c${n}`, workspace: 'shop', operation: 'o', bodyHash: 'b' });
    scenario.given(...Array.from({ length: 1_001 }, (_, n) => taken(n)));
    const later = scenario.now + KEY_LIFE_MS;
    expect(scenario.decide({ type: 'CommandsExpired' }, { now: later - 1 })).toEqual({ events: [], timers: [{ id: 'commands', at: later, message: { type: 'CommandsExpired' } }] });
    expect(scenario.tell({ type: 'CommandsExpired' }, { now: later })).toMatchObject({ events: [{ before: scenario.now }], timers: [{ at: later }] });
    expect(scenario.state.command.size).toBe(1);
    expect(scenario.tell({ type: 'CommandsExpired' }, { now: later })).toMatchObject({ events: [{}], timers: [] });
    expect(scenario.state.command.size).toBe(0);
  });

  test('a workspace has at most 100,000 of them', () => {
    const scenario = shop();
    const count = scenario.state.command.count;
    scenario.state.command.count = (index, bucket) => (bucket === 'shop' ? MAX_KEYS : count.call(scenario.state.command, index, bucket));
    expect(scenario.decide(start())).toMatchObject({ refused: true, code: 'TooManyCommands', status: 429 });
  });
});

describe('laws', () => {
  const actor = fc.constantFrom('op', 'view', 'root', 'sys', 'nobody').map((key) => ({ key, name: key }));
  const event = fc.constantFrom<Message>(
    { type: 'RunRequested', workflow: 'w', params: {} }, { type: 'WorkspaceCreated', title: 't' }, { type: 'KeyRevoked', key: 'op' },
    { type: 'KeyCreated', name: 'n', role: 'viewer', hash: 'h', prefix: 'p' }, { type: 'NodeCredentialCreated', pool: 'default' },
  );
  const asked = fc.record({
    workspace: fc.constantFrom('shop', 'vision'), home: fc.constantFrom('shop', 'system'), role: fc.constantFrom('viewer', 'admin'), needs: fc.constantFrom('viewer', 'operator', 'admin'),
    actor, event, idempotencyKey: fc.constantFrom('a', 'b', 'c'), bodyHash: fc.constantFrom('1', '2'),
  }).map((some) => start(some as Partial<Command>));
  const answer = fc.record({ type: fc.constantFrom(...settlingTypes), command: fc.constantFrom('gat0-1', 'gat0-2', 'gat0-3', 'x', undefined), problem: fc.option(fc.constant({ code: 'No', status: 409, detail: 'no' }), { nil: undefined }) })
    .map((event) => ({ workspace: 'shop', ...event, ...(/Refused$/.test(event.type) && { problem: { code: 'No', status: 409, detail: 'no' } }) }) as Message);
  const expiry = fc.constant<Message>({ type: 'CommandsExpired' });
  const step = fc.record({ message: fc.oneof({ weight: 5, arbitrary: asked }, { weight: 3, arbitrary: answer }, expiry), after: fc.constantFrom(0, 1, KEY_LIFE_MS) });

  test('it never throws, the same message twice says nothing new, and folding the log gives the lived state', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const scenario = shop();
      for (const { message, after } of steps) {
        const now = (scenario.now += after);
        scenario.tell(message, { now });
        const again = scenario.decide(message, { now });
        if (!isRefusal(again)) expect(again.events.filter((said) => said.type !== 'CommandsForgotten')).toEqual([]);
      }
    }));
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const scenario = shop();
      for (const { message } of steps) scenario.tell(message);
      expect(scenario.refolded()).toBe(scenario.hash());
    }));
  });
});
