import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { spread } from './spread.ts';

const idsOf = (most: number) => fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: most });
const members = (ids: readonly string[]) => ids.map((id) => ({ id, topics: ['front'] }));
const counts = fc.integer({ min: 1, max: 64 });

test('every partition has an owner, and none owns more than its part, rounded up', () => {
  fc.assert(fc.property(idsOf(20), counts, (ids, partitions) => {
    const owners = spread(members(ids), 'front', partitions);
    expect(owners).toHaveLength(partitions);
    for (const id of ids) expect(owners.filter((owner) => owner === id).length).toBeLessThanOrEqual(Math.ceil(partitions / ids.length));
    expect(owners.every((owner) => ids.includes(owner))).toBe(true);
  }));
});
test('all who see the same members agree, in whatever order they see them', () => {
  fc.assert(fc.property(idsOf(12).chain((ids) => fc.tuple(fc.constant(ids), fc.shuffledSubarray(ids, { minLength: ids.length }))), counts, ([ids, shuffled], partitions) => {
    expect(spread(members(shuffled), 'front', partitions)).toEqual(spread(members(ids), 'front', partitions));
  }));
});
test('equal numbers of services with the same members are together', () => {
  fc.assert(fc.property(idsOf(12), counts, (ids, partitions) => {
    const hosts = ids.map((id) => ({ id, topics: ['front', 'back'] }));
    expect(spread(hosts, 'front', partitions)).toEqual(spread(hosts, 'back', partitions));
  }));
});
test('only who hosts a service owns of it', () => {
  fc.assert(fc.property(idsOf(8), idsOf(8), (fronts, backs) => {
    const all = [...fronts.map((id) => ({ id, topics: ['front'] })), ...backs.map((id) => ({ id: `b${id}`, topics: ['back'] }))];
    expect(spread(all, 'front', 16)).toEqual(spread(members(fronts), 'front', 16));
  }));
});
test('with two, only what must move moves when one of them joins or leaves', () => {
  fc.assert(fc.property(fc.uuid(), fc.uuid(), counts, (a, b, partitions) => {
    const [alone, both] = [spread(members([a]), 'front', partitions), spread(members([a, b]), 'front', partitions)];
    expect(both.filter((owner, i) => owner !== alone[i])).toEqual(both.filter((owner) => owner === b && a !== b));
  }));
});
test('with more, few move besides: on average at most as many again as must', () => {
  let [moved, must] = [0, 0];
  for (let round = 0; round < 300; round++) {
    const ids = Array.from({ length: 2 + (round % 5) }, (_, i) => `member-${round}-${i}`);
    const [before, after] = [spread(members(ids), 'front', 16), spread(members([...ids, 'new']), 'front', 16)];
    moved += after.filter((owner, i) => owner !== before[i]).length;
    must += after.filter((owner) => owner === 'new').length;
  }
  expect(moved).toBeLessThanOrEqual(2 * must);
});
test('nobody who hosts it: nobody owns it', () => expect(spread(members(['a']), 'back', 4)).toEqual([]));
