import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { partitionOf } from './hash.ts';
import { idsAt } from './position.ts';

const position = { topic: 'gateway', partition: 3, seq: 56 };

test('ids of a commit are its place and their number', () => {
  const newId = idsAt(position, 16);
  expect([newId(), newId(), newId()]).toEqual(['gat3-1k', 'gat3-1k-1', 'gat3-1k-2']);
});

test('an id beside a key lies in its partition, and no id is given twice', () => {
  fc.assert(fc.property(fc.array(fc.option(fc.string(), { nil: undefined }), { maxLength: 20 }), fc.integer({ min: 1, max: 64 }), (keys, partitions) => {
    const newId = idsAt(position, partitions);
    const ids = keys.map((key) => newId(key));
    expect(new Set(ids).size).toBe(keys.length);
    for (const [i, key] of keys.entries()) if (key !== undefined) expect(partitionOf(ids[i]!, partitions)).toBe(partitionOf(key, partitions));
    for (const id of ids) expect(id).toMatch(/^gat3-1k(-\d+)?$/);
  }));
});
