import { describe, expect, test } from '@jest/globals';
import { attemptId } from '@novacron/contracts';
import { isRefusal } from '@novacron/kernel';
import { Scenario } from '@novacron/testing';
import { definition } from '../../definition.ts';
import { SLICE } from './place.ts';
import { idOf } from './state.ts';
import { cancel, ended, ready, registered, said } from './examples.ts';

const pool = () => new Scenario(definition);

describe('a task that is ready', () => {
  test('is placed at once where it fits', () => {
    const s = pool();
    s.tell(registered('n1', { cpu: 2 }));
    expect(s.events(ready('a', { cpu: 0.05 }))).toEqual([
      { type: 'TaskPlaced', workspace: 'shop', run: 'r', task: 'a', attempt: 1, workflow: 'w', pool: 'default', resources: { cpu: 0.05, memory: 0, gpu: 0 },
        work: ready('a').work, node: 'n1', gpus: [], policy: 'best-fit' },
    ]);
  });

  test('waits with the reason: no node, too large, no capacity, quota, behind', () => {
    const s = pool();
    expect(s.events(ready('a'))).toMatchObject([{ type: 'TaskQueued', reason: 'NoNode: pool default has no node that takes work' }]);
    expect(said(s.events(registered('n1', { cpu: 1 })))).toEqual(['NodeJoined', 'TaskPlaced a n1']);
    expect(s.events(ready('b', { cpu: 2 }))).toMatchObject([{ reason: 'TooLarge: no node of pool default has 2 cores, even when nothing runs there' }]);
    expect(s.events(ready('c', { cpu: 1 }))).toMatchObject([{ reason: 'NoCapacity: no node of pool default has 1 cores free' }]);
    expect(s.events(ready('d', { cpu: 1 }))).toMatchObject([{ reason: 'Behind: 1 of this workspace already wait for the same resources' }]);
    s.tell({ type: 'QuotaSetRequested', command: 'q', workspace: 'ops', actor: { key: 'k', name: 'k' }, pool: 'default', grantee: 'vision', limit: { cpu: 0.5, memory: null, gpu: null } });
    expect(s.events(ready('e', { workspace: 'vision', cpu: 1 }))).toMatchObject([
      { reason: 'QuotaReached: vision holds 0 of the 0.5 cpu that it may hold of pool default; the task asks for 1' },
    ]);
  });

  test('goes by the best fit: fewest GPUs left over, then fewest cores (RS-03)', () => {
    const s = pool();
    s.tell(registered('gpus', { cpu: 4, gpus: ['h200', 'h200'] }));
    s.tell(registered('wide', { cpu: 8 }));
    s.tell(registered('tight', { cpu: 4 }));
    expect(s.events(ready('a', { cpu: 2 }))).toMatchObject([{ node: 'tight', runnerUp: 'wide' }]);
    expect(s.events(ready('b', { cpu: 3 }))).toMatchObject([{ node: 'wide', runnerUp: 'gpus' }]);
    expect(s.events(ready('c', { cpu: 1, gpu: 1, gpuType: 'h200' }))).toMatchObject([{ node: 'gpus', gpus: [0] }]);
    expect(s.events(ready('d', { cpu: 1, gpu: 1 }))).toMatchObject([{ node: 'gpus', gpus: [1] }]);
    expect(s.events(ready('e', { cpu: 1, gpu: 1, gpuType: 'a100' }))).toMatchObject([{ type: 'TaskQueued' }]);
  });

  test('ids are those of inventories', () => {
    expect(idOf(ready('a'))).toBe(attemptId(ready('a')));
  });
});

describe('an ending', () => {
  test('gives back once and lets the next one in, by priority, then order of arrival (RS-04)', () => {
    const s = pool();
    s.tell(registered('n1', { cpu: 1 }));
    for (const task of ['a', 'b', 'c']) s.tell(ready(task));
    s.tell(ready('urgent', { priority: 5 }));
    expect(said(s.events(ended('AttemptSucceeded', 'a')))).toEqual(['TaskReleased a', 'TaskPlaced urgent n1']);
    expect(s.events(ended('AttemptSucceeded', 'a'))).toEqual([]);
    expect(said(s.events(ended('AttemptFailed', 'urgent')))).toEqual(['TaskReleased urgent', 'TaskPlaced b n1']);
    expect(said(s.events(ended('AttemptCancelled', 'b')))).toEqual(['TaskReleased b', 'TaskPlaced c n1']);
    expect(said(s.events(ended('AttemptSucceeded', 'c')))).toEqual(['TaskReleased c']);
  });

  test('of a large attempt lets several in; who does not fit is passed by', () => {
    const s = pool();
    s.tell(registered('n1', { cpu: 2 }));
    s.tell(ready('large', { cpu: 2 }));
    for (const [task, cpu] of [['x', 2.5], ['y', 1], ['z', 1], ['q', 1]] as const) s.tell(ready(task, { cpu }));
    expect(said(s.events(ended('AttemptSucceeded', 'large')))).toEqual(['TaskReleased large', 'TaskPlaced y n1', 'TaskPlaced z n1']);
  });

  test('as lost gives the quota back, and the place with the next inventory without it', () => {
    const s = pool();
    s.tell(registered('n1', { cpu: 2 }));
    for (const task of ['a', 'b', 'c', 'd']) s.tell(ready(task));
    const due = { type: 'InventoryDue', pool: 'default', node: 'n1' };
    const asks = { timers: [{ id: 'inventory/default/n1', at: s.now + 5_000, message: due }] };
    expect(s.tell(ended('AttemptLost', 'a'))).toMatchObject({ events: [{ type: 'TaskReleased', outcome: 'lost' }, { type: 'InventoryRequested', pool: 'default', node: 'n1' }], ...asks });
    expect(s.tell(ended('AttemptLost', 'a'))).toEqual({ events: [] });
    expect(s.state.quota.get('default/shop')!.used.cpu).toBe(1000);
    expect(said(s.events(ended('AttemptLost', 'b')))).toEqual(['TaskReleased b']);
    expect(s.events(registered('n1', { cpu: 2, attempts: ['r/a/1', 'r/b/1'] }))).toEqual([]);
    expect(s.tell(due)).toMatchObject({ events: [{ type: 'InventoryRequested' }], ...asks });
    expect(s.tell(registered('n1', { cpu: 2, attempts: ['r/a/1'] }))).toMatchObject({ events: [{ type: 'InventoryTaken', freed: ['r/b/1'] }, { task: 'c' }], timers: [] });
    expect(s.tell(registered('n1', { cpu: 2 }))).toMatchObject({ events: [{ type: 'InventoryTaken', freed: ['r/a/1'] }, { task: 'd' }], timers: [{ id: 'inventory/default/n1' }] });
    expect(s.tell(due)).toEqual({ events: [] });
  });

  test('as lost gives all back where the node has left, or leaves', () => {
    const s = pool();
    s.tell(registered('n1', { cpu: 2 }));
    for (const task of ['a', 'b']) s.tell(ready(task));
    s.tell(ended('AttemptLost', 'a'));
    expect(s.tell({ type: 'NodeLost', pool: 'default', node: 'n1', reason: 'silent' })).toEqual({
      events: [{ type: 'NodeLeft', pool: 'default', node: 'n1', reason: 'silent' }], timers: [{ id: 'inventory/default/n1' }],
    });
    expect([...s.state.placed.ids()]).toEqual(['r/b/1']);
    expect(s.tell(ended('AttemptLost', 'b'))).toMatchObject({ events: [{ type: 'TaskReleased', outcome: 'lost' }] });
    expect([s.state.node.size, s.state.placed.size]).toEqual([0, 0]);
  });
});

describe('a cancel', () => {
  test('dequeues who waits, is forwarded for who is placed, once, and is nothing for who ended', () => {
    const s = pool();
    s.tell(registered('n1', { cpu: 1 }));
    for (const task of ['a', 'b']) s.tell(ready(task));
    expect(s.events(cancel('b'))).toEqual([{ type: 'TaskDequeued', workspace: 'shop', run: 'r', task: 'b', attempt: 1, pool: 'default', reason: 'unwanted' }]);
    expect(s.events(cancel('b'))).toEqual([]);
    expect(s.events(cancel('a'))).toEqual([{ type: 'CancelForwarded', workspace: 'shop', run: 'r', task: 'a', attempt: 1, pool: 'default', reason: 'unwanted' }]);
    expect(s.events(cancel('a'))).toEqual([]);
    expect(s.state.shape.size).toBe(0);
  });
});

describe('a long placement', () => {
  test('goes in slices; meanwhile others queue and nobody overtakes', () => {
    const s = pool();
    for (let i = 0; i < 2 * SLICE + 10; i++) s.tell(ready(`t${i}`, { cpu: 0.05 }));
    const first = said(s.events(registered('n1', { cpu: 64 })));
    expect(first.slice(-2)).toEqual([`TaskPlaced t${SLICE - 1} n1`, 'PlacementContinued']);
    expect(s.events(ready('late'))).toMatchObject([{ type: 'TaskQueued', reason: 'Behind: the pool is placing those who came before' }]);
    expect(said(s.events(ended('AttemptSucceeded', 't0')))).toEqual(['TaskReleased t0']);
    const proceed = { type: 'PlacementContinued', pool: 'default' };
    expect(said(s.events(proceed)).at(-1)).toBe('PlacementContinued');
    expect(said(s.events(proceed)).slice(-2)).toEqual(['TaskPlaced late n1', 'PlacementSettled']);
    expect(s.events(proceed)).toEqual([]);
    expect(s.state.queued.size + s.state.shape.size).toBe(0);
  });

  test('closes a slice by size, too', () => {
    const s = pool();
    for (let i = 0; i < 40; i++) s.tell(ready(`t${i}`, { inputs: { text: 'x'.repeat(20_000) } }));
    const events = s.events(registered('n1', { cpu: 64 }));
    expect(JSON.stringify(events).length).toBeLessThan(256 * 1024);
    expect(events.at(-1)).toEqual({ type: 'PlacementContinued', pool: 'default' });
  });
});

describe('why', () => {
  const why = (s: Scenario<typeof definition.schema>, task: string) => {
    const answer = s.decide({ type: 'ExplainWait', pool: 'default', attempt: `r/${task}/1` });
    return isRefusal(answer) ? answer.code : answer.reply;
  };

  test('says code, position and smallest change', () => {
    const s = pool();
    s.tell(registered('n1', { cpu: 2 }));
    s.tell(registered('n2', { cpu: 4 }));
    s.tell(ready('a', { cpu: 2 }));
    s.tell(ready('b', { cpu: 3 }));
    s.tell(ready('c', { cpu: 2 }));
    s.tell(ready('d', { cpu: 1.5, priority: 1 }));
    expect(why(s, 'a')).toBe('NotWaiting');
    expect(why(s, 'c')).toEqual({
      attempt: 'r/c/1', code: 'NoCapacity', position: 2, reason: 'NoCapacity: no node of pool default has 2 cores free',
      constraint: { cpu: 2, memory: 0, gpu: 0, node: 'n2', freeCpu: 1, freeMemory: 1000, freeGpu: 0 },
      change: 'wait until n2 has 2 cores free, or let another node join',
    });
    expect(why(s, 'd')).toMatchObject({ position: 1 });
  });

  test('says by how much a quota is short', () => {
    const s = pool();
    s.tell(registered('n1', { cpu: 8 }));
    s.tell({ type: 'QuotaSetRequested', command: 'q', workspace: 'ops', actor: { key: 'k', name: 'k' }, pool: 'default', grantee: 'shop', limit: { cpu: 2, memory: null, gpu: null } });
    s.tell(ready('a', { cpu: 1.5 }));
    s.tell(ready('b', { cpu: 1 }));
    expect(why(s, 'b')).toMatchObject({
      code: 'QuotaReached', constraint: { quota: 'cpu', limit: 2, used: 1.5, asked: 1 }, change: 'wait until shop gives back 0.5 cpu, or raise its cpu quota to 2.5',
    });
  });
});
