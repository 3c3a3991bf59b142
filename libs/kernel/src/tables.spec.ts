import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from './hash.ts';
import { table, Tables, type State } from './tables.ts';

interface Row {
  readonly group?: string;
  readonly rank: number;
}
const schema = {
  row: table<Row>({ byRank: (row, id) => (row.group === undefined ? undefined : [row.group, row.rank, id]), alone: ({ rank }) => (rank < 0 ? ['below'] : undefined) }),
  other: table<{ readonly n: number }>(),
};

let tables: Tables;
let state: State<typeof schema>;
beforeEach(() => {
  tables = new Tables(schema as never);
  state = tables.view<typeof schema>();
});
const ordered = (group: string) => [...state.row.list('byRank', group)];

describe('a table', () => {
  it('holds what was put last, and knows how many', () => {
    state.row.put('a', { rank: 1 });
    state.row.put('b', { rank: 2 });
    state.row.put('a', { rank: 3 });
    expect([state.row.get('a'), state.row.has('b'), state.row.size, [...state.row.ids()].sort()]).toEqual([{ rank: 3 }, true, 2, ['a', 'b']]);
    state.row.delete('a');
    expect([state.row.get('a'), state.row.has('a'), state.row.size]).toEqual([undefined, false, 1]);
  });

  it('has nothing to undo of a row that was not there', () => {
    const mark = tables.mark();
    state.row.delete('nobody');
    expect(tables.mark()).toBe(mark);
  });

  it('lists a bucket of an index in order, from a place on, and counts it', () => {
    for (const [id, rank] of [['a', 3], ['b', 1], ['c', 2]] as const) state.row.put(id, { group: 'g', rank });
    state.row.put('elsewhere', { group: 'h', rank: 0 });
    state.row.put('nowhere', { rank: 0 });
    expect([ordered('g'), [...state.row.list('byRank', 'g', [2])], state.row.first('byRank', 'g'), state.row.count('byRank', 'g')]).toEqual([['b', 'c', 'a'], ['c', 'a'], 'b', 3]);
    expect([ordered('none'), [...state.row.list('byRank', 'none', [1])], state.row.first('byRank', 'none'), state.row.count('byRank', 'none')]).toEqual([[], [], undefined, 0]);
  });

  it('moves a row between buckets and places as it changes', () => {
    state.row.put('a', { group: 'g', rank: 1 });
    state.row.put('b', { group: 'g', rank: 2 });
    state.row.put('a', { group: 'g', rank: 3 });
    expect(ordered('g')).toEqual(['b', 'a']);
    state.row.put('a', { group: 'h', rank: 3 });
    expect([ordered('g'), ordered('h')]).toEqual([['b'], ['a']]);
    state.row.put('a', { rank: 3 });
    state.row.delete('b');
    expect([ordered('g'), ordered('h'), state.row.count('byRank', 'g')]).toEqual([[], [], 0]);
    state.row.put('c', { group: 'g', rank: -1 });
    expect([ordered('g'), [...state.row.list('alone', 'below')]]).toEqual([['c'], ['c']]);
  });

  it('says which index it does not have', () => {
    expect(() => state.row.count('byName', 'g')).toThrow('table row has no index byName');
  });
});

describe('tables', () => {
  it('have an order-free hash that names table, id and canonical row', () => {
    expect(tables.hash()).toBe('0'.repeat(64));
    state.row.put('a', { rank: 1 });
    expect(BigInt(`0x${tables.hash()}`)).toBe(digestOf('row|a|{"rank":1}'));
    state.other.put('a', { n: 1 });
    const both = tables.hash();
    expect(BigInt(`0x${both}`)).toBe((digestOf('row|a|{"rank":1}') + digestOf('other|a|{"n":1}')) % 2n ** 256n);
    state.row.put('a', { rank: 2 });
    state.row.put('b', { rank: 2 });
    expect(tables.hash()).not.toBe(both);
    state.row.delete('b');
    state.row.put('a', { rank: 1 });
    expect(tables.hash()).toBe(both);
  });

  it('load rows without a journal, and drop them', () => {
    const mark = tables.mark();
    state.row.restore('a', { group: 'g', rank: 1 });
    expect([tables.mark(), ordered('g')]).toEqual([mark, ['a']]);
    state.row.restore('a', undefined);
    expect([state.row.size, ordered('g'), tables.hash()]).toEqual([0, [], '0'.repeat(64)]);
  });

  it('give the rows of a mark, of all tables or of one', () => {
    state.row.put('a', { rank: 1 });
    state.row.put('gone', { rank: 1 });
    state.other.put('x', { n: 1 });
    const mark = tables.mark();
    state.row.put('a', { rank: 2 });
    state.row.put('a', { rank: 3 });
    state.row.delete('gone');
    state.row.put('new', { rank: 4 });
    expect(tables.rowsAt(mark).sort()).toEqual([['other', 'x', { n: 1 }], ['row', 'a', { rank: 1 }], ['row', 'gone', { rank: 1 }]]);
    expect(tables.rowsAt(mark, 'other')).toEqual([['other', 'x', { n: 1 }]]);
    expect(tables.rowsAt(tables.mark(), 'row').sort()).toEqual([['row', 'a', { rank: 3 }], ['row', 'new', { rank: 4 }]]);
  });

  it('undo nothing for a mark at the head, and forget how to undo what was released', () => {
    state.row.put('a', { rank: 1 });
    tables.rollback(tables.mark());
    expect(state.row.size).toBe(1);
    const mark = tables.mark();
    tables.release(mark);
    tables.release(mark - 1);
    expect(tables.mark()).toBe(mark);
    state.row.put('b', { rank: 2 });
    tables.rollback(mark);
    expect([...state.row.ids()]).toEqual(['a']);
    expect(() => tables.rollback(mark - 1)).toThrow();
    expect([...state.row.ids()]).toEqual(['a']);
  });

  it('are after any changes, marks, releases and rollbacks what a fresh copy of the surviving rows is', () => {
    const id = fc.integer({ min: 0, max: 6 }).map((n) => `r${n}`);
    const row = fc.record({ group: fc.constantFrom(undefined, 'g', 'h'), rank: fc.integer({ min: -2, max: 4 }) }).map(({ group, rank }) => (group === undefined ? { rank } : { group, rank }));
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.tuple(fc.constant('put' as const), id, row) }, { weight: 2, arbitrary: fc.tuple(fc.constant('delete' as const), id, row) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('mark' as const), id, row) }, { weight: 1, arbitrary: fc.tuple(fc.constantFrom('rollback' as const, 'release' as const), id, row) },
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const lived = new Tables(schema as never);
      const rows = lived.view<typeof schema>().row;
      let model = new Map<string, Row>();
      const marks: { mark: number; model: Map<string, Row>; hash: string }[] = [];
      for (const [what, at, value] of steps) {
        if (what === 'put') {
          rows.put(at, value);
          model.set(at, value);
        } else if (what === 'delete') {
          rows.delete(at);
          model.delete(at);
        } else if (what === 'mark') marks.push({ mark: lived.mark(), model: new Map(model), hash: lived.hash() });
        else if (what === 'release') lived.release(marks.shift()?.mark ?? 0);
        else if (marks.length > 0) {
          const back = marks.pop()!;
          lived.rollback(back.mark);
          model = back.model;
        }
        for (const { mark, model: then, hash } of marks) {
          expect(lived.hashAt(mark)).toBe(hash);
          expect(new Map(lived.rowsAt(mark).map(([, name, entity]) => [name, entity]))).toEqual(then);
        }
      }
      const fresh = new Tables(schema as never);
      const copy = fresh.view<typeof schema>().row;
      for (const [at, value] of [...model].reverse()) copy.put(at, value);
      expect([lived.hash(), rows.size]).toEqual([fresh.hash(), model.size]);
      for (const group of ['g', 'h']) expect([...rows.list('byRank', group)]).toEqual([...copy.list('byRank', group)]);
      expect([...rows.list('alone', 'below')]).toEqual([...copy.list('alone', 'below')]);
    }), { numRuns: 40 });
  });
});
