import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Message } from '@novacron/kernel';
import { Scenario } from '@novacron/testing';
import { definition } from '../../definition.ts';
import { askOf, millicores } from './ask.ts';
import { fits, Room } from './room.ts';
import { cancel, ended, ready, registered } from './examples.ts';
import type { PoolState } from './state.ts';

type World = Scenario<typeof definition.schema>;

const name = fc.integer({ min: 0, max: 30 }).map((i) => `t${i}`);
const workspace = fc.constantFrom('shop', 'vision');
const onNode = fc.constantFrom('n1', 'n2', 'n3');
const amount = fc.option(fc.constantFrom(0, 1, 2.5, 10), { nil: null });
const actor = { key: 'k', name: 'k' };

const readied = fc.record({
  workspace, cpu: fc.constantFrom(0, 0.05, 0.3, 1, 2.5), memory: fc.constantFrom(0, 300), gpu: fc.constantFrom(0, 0, 0, 1, 2), priority: fc.constantFrom(0, 0, 0, 7),
});
const gpus = fc.array(fc.constantFrom('a100', 'h200'), { maxLength: 3 });

const message: fc.Arbitrary<Message> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(name, readied, fc.constantFrom(undefined, 'h200')).map(([t, r, gpuType]) => ready(t, gpuType === undefined ? r : { ...r, gpuType })) },
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom('AttemptSucceeded', 'AttemptFailed', 'AttemptCancelled', 'AttemptLost'), name).map(([type, t]) => ended(type, t)) },
  { weight: 1, arbitrary: name.map(cancel) },
  {
    weight: 2,
    arbitrary: fc.tuple(onNode, fc.record({ cpu: fc.constantFrom(1, 2, 4.1), gpus, draining: fc.constantFrom(false, false, true), attempts: fc.array(name.map((t) => `r/${t}/1`), { maxLength: 8 }) }))
      .map(([n, offered]) => registered(n, offered)),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('NodeDraining', 'NodeResumed', 'NodeLost'), onNode).map(([type, node]) => ({ type, pool: 'default', node, workspace: 'ops', reason: 'silent' })) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.uuid(), workspace, amount, amount)
      .map(([command, grantee, cpu, gpu]) => ({ type: 'QuotaSetRequested', command, workspace: 'ops', actor, pool: 'default', grantee, limit: { cpu, memory: null, gpu } })),
  },
);
const stream = fc.array(message, { maxLength: 150, size: 'max' });

/** Sums over the attempts that hold something: the truth that the counters of nodes and quotas must equal. */
function expectBooksRight(state: PoolState): void {
  for (const id of state.node.ids()) {
    const node = state.node.get(id)!;
    const here = [...state.placed.ids()].map((a) => state.placed.get(a)!).filter((p) => p.node === node.node);
    expect([node.cpu, node.memory, node.attempts]).toEqual([sum(here.map((p) => p.ask.cpu)), sum(here.map((p) => p.ask.memory)), here.length]);
    expect([...node.gpus].sort()).toEqual(here.flatMap((p) => p.gpus).sort());
    expect(new Set(node.gpus).size).toBe(node.gpus.length);
  }
  for (const id of state.quota.ids()) {
    const { workspace, used } = state.quota.get(id)!;
    const held = [...state.placed.ids()].map((a) => state.placed.get(a)!).filter((p) => p.workspace === workspace && !p.lost);
    expect(used).toEqual({ cpu: sum(held.map((p) => p.ask.cpu)), memory: sum(held.map((p) => p.ask.memory)), gpu: sum(held.map((p) => p.ask.gpu)) });
  }
}

/** Folded one by one: each placement alone must be allowed, also by a node that shrank or a quota that was cut. */
function expectPlacementsAllowed(replay: World, events: readonly Message[]): void {
  for (const event of events) {
    replay.given(event);
    if (event.type !== 'TaskPlaced') continue;
    const node = replay.state.node.get(`default/${String(event.node)}`)!;
    const ask = askOf(event.resources as never);
    expect(node.cpu).toBeLessThanOrEqual(millicores(node.capacity.cpu));
    expect(node.memory).toBeLessThanOrEqual(node.capacity.memory);
    const given = node.capacity.gpus.filter((gpu) => (event.gpus as number[]).includes(gpu.index));
    expect(given.length).toBe(ask.gpu);
    if (ask.gpuType !== undefined) for (const gpu of given) expect(gpu.type).toBe(ask.gpuType);
    const { limit, used } = replay.state.quota.get(`default/${String(event.workspace)}`)!;
    for (const d of ['cpu', 'memory', 'gpu'] as const) if (ask[d] > 0) expect(used[d]).toBeLessThanOrEqual(limit?.[d] ?? Infinity);
  }
}

function expectNothingWaitsThatFits({ state }: World): void {
  const room = new Room(state, 'default');
  const nodes = [...state.node.ids()].map((id) => state.node.get(id)!);
  const fitting = [...state.queued.ids()].filter((id) => {
    const { workspace, ask } = state.shape.get(state.queued.get(id)!.shape)!;
    return !room.quotaLack(workspace, ask) && nodes.some((node) => fits(node, ask));
  });
  expect(fitting).toEqual([]);
}

function expectHeadsRight({ state }: World): void {
  const heads = new Map<string, object>();
  for (const id of state.queued.ids()) {
    const { shape } = state.queued.get(id)!;
    const first = state.queued.get(state.queued.first('byShape', shape)!)!;
    heads.set(shape, { priority: first.said.priority, order: first.order });
  }
  const known = [...state.shape.ids()].map((id) => [id, state.shape.get(id)!] as const);
  expect(new Map(known.map(([id, { priority, order }]) => [id, { priority, order }]))).toEqual(heads);
}

test('invariant 4: allocations never exceed capacity or quota; nothing waits that would fit; the books are right', () => {
  fc.assert(fc.property(stream, (messages) => {
    const world = new Scenario(definition);
    const replay = new Scenario(definition);
    for (const each of messages) {
      expectPlacementsAllowed(replay, world.events(each));
      expectBooksRight(world.state);
      expectNothingWaitsThatFits(world);
      expectHeadsRight(world);
    }
    expect(replay.hash()).toBe(world.hash());
  }), { numRuns: 60 });
});

test('the same message twice says nothing new; folding what was said gives what was lived', () => {
  fc.assert(fc.property(stream, (messages) => {
    const world = new Scenario(definition);
    for (const each of messages) {
      world.tell(each);
      expect(world.events(each)).toEqual([]);
    }
    expect(world.refolded()).toBe(world.hash());
  }), { numRuns: 200 });
});

test('a slice that waits for its continuation changes nothing but the time: books right throughout, nothing left behind', () => {
  const heavy = { text: 'x'.repeat(90_000) };
  const slicing = fc.array(fc.oneof(
    { weight: 6, arbitrary: name.map((t) => ready(t, { cpu: 0.3, inputs: heavy })) }, { weight: 3, arbitrary: message },
    { weight: 2, arbitrary: fc.constant({ type: 'PlacementContinued', pool: 'default' }) },
    { weight: 2, arbitrary: fc.tuple(onNode, fc.constantFrom(1, 4)).map(([n, cpu]) => registered(n, { cpu })) },
  ), { maxLength: 60, size: 'max' });
  let slices = 0;
  fc.assert(fc.property(slicing, (messages) => {
    const world = new Scenario(definition);
    for (const each of messages) {
      const events = world.events(each);
      if (events.at(-1)?.type === 'PlacementContinued') slices++;
      expectBooksRight(world.state);
    }
    while (world.state.pool.get('default')?.continuing) world.tell({ type: 'PlacementContinued', pool: 'default' });
    expectNothingWaitsThatFits(world);
    expectHeadsRight(world);
  }), { numRuns: 60 });
  expect(slices).toBeGreaterThan(5);
});

test('everything comes to an end: when every attempt ended and room is enough, nothing is held and nothing waits', () => {
  fc.assert(fc.property(stream, (messages) => {
    const world = new Scenario(definition);
    for (const each of messages) world.tell(each);
    for (const grantee of ['shop', 'vision']) {
      world.tell({ type: 'QuotaSetRequested', command: `free-${grantee}`, workspace: 'ops', actor, pool: 'default', grantee, limit: { cpu: null, memory: null, gpu: null } });
    }
    world.tell(registered('large', { cpu: 100, gpus: Array.from({ length: 90 }, () => 'h200') }));
    for (const node of ['n1', 'n2', 'n3']) world.tell({ type: 'NodeLost', pool: 'default', node, reason: 'silent' });
    for (let round = 0; world.state.placed.size > 0 && round < 40; round++) {
      for (const id of [...world.state.placed.ids()]) world.tell(ended('AttemptSucceeded', id.split('/')[1]!));
    }
    expect([world.state.placed.size, world.state.queued.size, world.state.shape.size, world.state.node.size]).toEqual([0, 0, 0, 1]);
    expect(world.state.node.get('default/large')).toMatchObject({ cpu: 0, memory: 0, gpus: [], attempts: 0 });
  }), { numRuns: 100 });
});

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
