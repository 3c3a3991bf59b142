import { describe, expect, test } from '@jest/globals';
import { Scenario } from '@novacron/testing';
import { definition } from '../../definition.ts';
import { ended, ready, registered, said } from './examples.ts';

const pool = () => new Scenario(definition);
const actor = { key: 'k', name: 'k' };
const quota = (command: string, cpu: number | null, name = 'default') =>
  ({ type: 'QuotaSetRequested', command, workspace: 'ops', actor, pool: name, grantee: 'shop', limit: { cpu, memory: null, gpu: null } });

describe('pools and quotas', () => {
  test('a pool is set, and the answer goes back with the command', () => {
    const s = pool();
    const asked = { type: 'PoolSetRequested', command: 'c1', workspace: 'ops', actor, pool: 'gpus', title: 'The GPUs' };
    expect(s.events(asked)).toEqual([{ type: 'PoolSet', command: 'c1', workspace: 'ops', pool: 'gpus', title: 'The GPUs' }]);
    expect(s.events(asked)).toEqual([]);
    expect(said(s.events(quota('c2', 1, 'gpus')))).toEqual(['QuotaSet']);
  });

  test('a quota of an unknown pool, or below zero, is refused once', () => {
    const s = pool();
    expect(s.events(quota('c1', 1, 'nowhere'))).toMatchObject([{ type: 'PoolCommandRefused', command: 'c1', problem: { code: 'PoolUnknown', status: 404 } }]);
    expect(s.events(quota('c1', 1, 'nowhere'))).toEqual([]);
    expect(s.events(quota('c2', -1))).toMatchObject([{ type: 'PoolCommandRefused', command: 'c2', problem: { code: 'QuotaInvalid', status: 400 } }]);
  });

  test('who is over its quota waits without keeping others out; a higher quota lets it in (RS-12)', () => {
    const s = pool();
    s.tell(registered('n1', { cpu: 8 }));
    s.tell(quota('c1', 1));
    s.tell(ready('a', { cpu: 1 }));
    s.tell(ready('b', { cpu: 1 }));
    expect(said(s.events(ready('c', { cpu: 1, workspace: 'vision' })))).toEqual(['TaskPlaced c n1']);
    expect(said(s.events(quota('c2', null)))).toEqual(['QuotaSet', 'TaskPlaced b n1']);
  });

  test('what one decision places counts against the quota of the next placement in it', () => {
    const s = pool();
    s.tell(quota('c1', 1));
    for (const task of ['a', 'b', 'c']) s.tell(ready(task));
    expect(said(s.events(registered('n1', { cpu: 8 })))).toEqual(['NodeJoined', 'TaskPlaced a n1']);
  });

  test('thousands of 0.05 cores add up to nothing when they are back', () => {
    const s = pool();
    s.tell(registered('n1', { cpu: 0.3 }));
    s.tell(quota('c1', 0.3));
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 6; i++) expect(said(s.events(ready(`t${i}`, { cpu: 0.05 })))).toEqual([`TaskPlaced t${i} n1`]);
      expect(said(s.events(ready('t6', { cpu: 0.05 })))).toEqual(['TaskQueued t6']);
      for (let i = 0; i < 7; i++) s.tell(ended('AttemptSucceeded', `t${i}`));
    }
    expect(s.state.node.get('default/n1')).toMatchObject({ cpu: 0, attempts: 0 });
  });
});

describe('nodes', () => {
  test('drain, resume, shrink and come back', () => {
    const s = pool();
    expect(s.events(registered('n1', { cpu: 1, draining: true }))).toMatchObject([{ type: 'NodeJoined', placeable: false }]);
    s.tell(ready('a'));
    expect(said(s.events({ type: 'NodeResumed', pool: 'default', node: 'n1', workspace: 'ops' }))).toEqual(['NodeJoined', 'TaskPlaced a n1']);
    expect(said(s.events({ type: 'NodeDraining', pool: 'default', node: 'n1', workspace: 'ops' }))).toEqual(['NodeJoined']);
    expect(s.events({ type: 'NodeDraining', pool: 'default', node: 'n1', workspace: 'ops' })).toEqual([]);
    expect(s.events({ type: 'NodeResumed', pool: 'default', node: 'nowhere', workspace: 'ops' })).toEqual([]);
    expect(said(s.events(registered('n1', { cpu: 3 })))).toEqual(['NodeJoined']);
    s.tell({ type: 'NodeLost', pool: 'default', node: 'n1', reason: 'silent' });
    expect(s.events({ type: 'NodeLost', pool: 'default', node: 'n1', reason: 'silent' })).toEqual([]);
    expect(said(s.events(ready('b', { cpu: 2 })))).toEqual(['TaskQueued b']);
    expect(said(s.events(registered('n1', { cpu: 3, attempts: ['r/a/1'] })))).toEqual(['NodeJoined', 'TaskPlaced b n1']);
    expect(s.state.node.get('default/n1')).toMatchObject({ cpu: 3000, attempts: 2 });
  });
});
