import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isRefusal, type Message } from '@novacron/kernel';
import { Scenario } from '@novacron/testing';
import { definition } from '../../definition.ts';

const capacity = { cpu: 4, memory: 8000, gpus: [], declared: false };
const register = (over: object = {}) => ({ type: 'RegisterNode', pool: 'default', node: 'n1', boot: 'b1', capacity, attempts: [], again: false, ...over });
const judged = { type: 'JudgeSilent', pool: 'default', node: 'n1' };
const asked = (type: string, command: string, node = 'n1') => ({ type, command, workspace: 'ops', actor: { key: 'k', name: 'k' }, pool: 'default', node });
const fleet = () => new Scenario(definition);

describe('a node', () => {
  test('registers; the same again says nothing', () => {
    const s = fleet();
    expect(s.events(register())).toEqual([{ type: 'NodeRegistered', pool: 'default', node: 'n1', capacity, boot: 'b1', draining: false, attempts: [] }]);
    expect(s.events(register())).toEqual([]);
  });

  test.each([['boot', { boot: 'b2' }], ['capacity', { capacity: { ...capacity, cpu: 8 } }], ['attempts', { attempts: ['r/t/1'] }]])('registers anew with another %s', (_, over) => {
    const s = fleet();
    s.tell(register());
    expect(s.events(register(over))).toMatchObject([{ type: 'NodeRegistered', ...over }]);
    expect(s.events(register(over))).toEqual([]);
  });

  test('that was lost is back when it registers, and still drains', () => {
    const s = fleet();
    s.tell(register());
    s.tell(asked('NodeDrainRequested', 'c1'));
    expect(s.events(judged)).toEqual([{ type: 'NodeLost', pool: 'default', node: 'n1', reason: 'its agent was silent for too long' }]);
    expect(s.events(judged)).toEqual([]);
    expect(s.events(register())).toMatchObject([{ type: 'NodeRegistered', draining: true }]);
  });

  test('tells its inventory when the scheduler wants it, also where that is the same', () => {
    const s = fleet();
    const wanted = { type: 'InventoryRequested', pool: 'default', node: 'n1' };
    expect(s.events(wanted)).toEqual([]);
    s.tell(register());
    expect(s.events(wanted)).toEqual([{ type: 'InventoryAsked', pool: 'default', node: 'n1' }]);
    expect(s.events(register({ again: true }))).toMatchObject([{ type: 'NodeRegistered', attempts: [] }]);
  });

  test('is drained and resumed; each command is answered once', () => {
    const s = fleet();
    s.tell(register());
    expect(s.events(asked('NodeDrainRequested', 'c1'))).toEqual([{ type: 'NodeDraining', command: 'c1', workspace: 'ops', pool: 'default', node: 'n1' }]);
    expect(s.events(asked('NodeDrainRequested', 'c1'))).toEqual([]);
    expect(s.events(asked('NodeDrainRequested', 'c2'))).toMatchObject([{ type: 'NodeDraining', command: 'c2' }]);
    expect(s.events(asked('NodeResumeRequested', 'c3'))).toMatchObject([{ type: 'NodeResumed', command: 'c3' }]);
  });

  test('that nobody knows is refused', () => {
    const s = fleet();
    expect(s.events(asked('NodeDrainRequested', 'c1', 'n9'))).toMatchObject([{ type: 'NodeCommandRefused', command: 'c1', problem: { code: 'NodeUnknown', status: 404 } }]);
    expect(s.events(asked('NodeDrainRequested', 'c1', 'n9'))).toEqual([]);
  });

  test('with a capacity that cannot be is refused', () => {
    const gpu = { index: 0, type: 'h200', memory: 1 };
    expect(fleet().tell(register({ capacity: { ...capacity, cpu: -1 } }))).toMatchObject({ refused: true, code: 'CapacityInvalid', status: 400 });
    expect(fleet().tell(register({ capacity: { ...capacity, gpus: [gpu, gpu] } }))).toMatchObject({ refused: true, detail: 'node n1: two of its GPUs have the same index' });
  });

  test('is listed for a new owner unless it is lost', () => {
    const s = fleet();
    for (const node of ['n2', 'n1', 'n3']) s.tell(register({ node }));
    s.tell({ ...judged, node: 'n3' });
    expect(s.decide({ type: 'ListNodes' })).toEqual({ events: [], reply: [{ pool: 'default', node: 'n1' }, { pool: 'default', node: 'n2' }] });
  });
});

const node = fc.constantFrom('n1', 'n2', 'n3');
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ node, boot: fc.constantFrom('b1', 'b2'), attempts: fc.array(fc.constantFrom('r/a/1', 'r/b/1')), capacity: fc.constantFrom(capacity, { ...capacity, cpu: 8 }, { ...capacity, cpu: -1 }) }).map(register),
  node.map((n) => ({ ...judged, node: n })),
  fc.tuple(fc.constantFrom('NodeDrainRequested', 'NodeResumeRequested'), fc.uuid(), node).map(([type, command, n]) => asked(type, command, n)),
);

test('laws: never throws, the same message twice says nothing new, folding what was said gives what was lived', () => {
  fc.assert(fc.property(fc.array(message, { maxLength: 60, size: 'max' }), (messages) => {
    const s = fleet();
    for (const each of messages) {
      s.tell(each);
      const again = s.tell(each);
      expect(isRefusal(again) ? [] : again.events).toEqual([]);
    }
    expect(s.refolded()).toBe(s.hash());
  }));
});
