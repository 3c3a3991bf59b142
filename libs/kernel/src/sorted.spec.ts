import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareKeys, SortedIds, type SortKey } from './sorted.ts';

describe('sort keys', () => {
  it.each<[SortKey, SortKey, number]>([
    [[1], [2], -1], [[2], [1], 1], [[1], [1], 0], [[2], [10], -1], [['a'], ['b'], -1], [['b'], ['a'], 1], [['2'], ['10'], 1],
    [[9], ['a'], -1], [['a'], [9], 1], [[1, 'a'], [1, 'b'], -1], [[1], [1, 0], -1], [[1, 0], [1], 1], [[], [], 0], [[], [0], -1], [[0, 5], [1], -1],
  ])('%j before, with or after %j: %i', (a, b, order) => expect(Math.sign(compareKeys(a, b))).toBe(order));
});

describe('ids in order', () => {
  const filled = (count: number) => {
    const ids = new SortedIds();
    for (let i = 0; i < count; i++) ids.add([i], `id${i}`);
    return ids;
  };

  it('are empty at first', () => {
    const ids = new SortedIds();
    expect([ids.size, ids.first(), ids.firstKey(), [...ids], [...ids.from([0])]]).toEqual([0, undefined, undefined, [], []]);
    ids.remove([1], 'a');
    expect(ids.size).toBe(0);
  });

  it('of one key are ordered by themselves, and each is kept', () => {
    const ids = new SortedIds();
    for (const id of ['b', 'c', 'a']) ids.add([1], id);
    expect([...ids]).toEqual(['a', 'b', 'c']);
    ids.remove([1], 'b');
    expect([[...ids], ids.size]).toEqual([['a', 'c'], 2]);
  });

  it('are not removed by another key or id', () => {
    const ids = filled(3);
    ids.remove([1], 'id2');
    ids.remove([7], 'id1');
    ids.remove([0.5], 'id1');
    expect([[...ids], ids.size]).toEqual([['id0', 'id1', 'id2'], 3]);
  });

  it('are found from a key on, over many chunks, also from before the first and after the last', () => {
    const ids = filled(2_000);
    for (const from of [-1, 0, 1, 127, 128, 255, 256, 257, 1_023, 1_999, 2_000]) expect([...ids.from([from])]).toEqual([...ids].slice(Math.max(0, from)));
    expect([ids.first(), ids.firstKey()]).toEqual(['id0', [0]]);
  });

  it('stay when all before them go, chunk by chunk', () => {
    const ids = filled(1_000);
    for (let i = 0; i < 999; i++) {
      ids.remove([i], `id${i}`);
      if (i % 100 === 99) expect([[...ids].length, ids.first()]).toEqual([999 - i, `id${i + 1}`]);
    }
    expect([...ids]).toEqual(['id999']);
  });

  it('come and go in any order as in a sorted list', () => {
    const key = fc.tuple(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom('a', 'b')));
    const step = fc.tuple(fc.constantFrom('add', 'add', 'add', 'remove'), key, fc.integer({ min: 0, max: 60 }).map((n) => `i${n}`));
    fc.assert(fc.property(fc.array(step, { maxLength: 1_500, size: 'max' }), key, (steps, from) => {
      const ids = new SortedIds();
      const model = new Map<string, { key: SortKey; id: string }>();
      for (const [what, at, id] of steps) {
        const name = JSON.stringify([at, id]);
        if (what === 'add' && !model.has(name)) {
          ids.add(at, id);
          model.set(name, { key: at, id });
        } else if (what === 'remove') {
          ids.remove(at, id);
          model.delete(name);
        }
      }
      const sorted = [...model.values()].sort((a, b) => compareKeys(a.key, b.key) || (a.id < b.id ? -1 : 1));
      expect([...ids]).toEqual(sorted.map(({ id }) => id));
      expect([ids.size, ids.first(), ids.firstKey()]).toEqual([sorted.length, sorted[0]?.id, sorted[0]?.key]);
      expect([...ids.from(from)]).toEqual(sorted.filter((item) => compareKeys(item.key, from) >= 0).map(({ id }) => id));
    }), { numRuns: 60 });
  });
});
