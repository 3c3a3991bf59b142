import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SourceCursor } from '../record.ts';
import { Addressed } from './addressed.ts';

const cursorAt = (seq: number, index = 0): SourceCursor => ({ topic: 'front', partition: 0, seq, index, epoch: 1, owner: 'o', head: 'h' });
const addressed = () => new Addressed((key) => key.length);

test('who was addressed last is known, and to the event', () => {
  const source = addressed();
  source.note(0, [[['back', 'a']], []]);
  source.note(1, [[['back', 'a']], [['back', 'a'], ['front', 'bb']]]);
  source.read(0, 5);
  expect([cursorAt(0), cursorAt(1, 0), cursorAt(1, 1), cursorAt(3)].map((cursor) => source.isAnswered('back/1', cursor, 5))).toEqual([false, false, true, true]);
  expect([source.isAnswered('back/1', undefined, 5), source.isAnswered('back/2', undefined, 5), source.isAnswered('front/2', undefined, 5)]).toEqual([false, true, false]);
});

test('nothing is known of commits that were not read', () => {
  const source = addressed();
  source.read(3, 6);
  expect([source.isAnswered('back/1', undefined, 6), source.isAnswered('back/1', cursorAt(1), 6), source.isAnswered('back/1', cursorAt(2), 6), source.isAnswered('back/1', cursorAt(3), 6), source.isAnswered('back/1', cursorAt(3), 7)]).toEqual([false, false, false, true, false]);
  source.read(8, 9);
  expect(source.isAnswered('back/1', cursorAt(2), 9)).toBe(false);
  expect([undefined, cursorAt(2)].map((cursor) => addressed().isAnswered('back/1', cursor, 0))).toEqual([false, false]);
});

test('whatever is read, in whatever order, a partition is never called answered while a commit says something that it has not answered', () => {
  const source = fc.array(fc.array(fc.constantFrom('a', 'bb'), { maxLength: 2 }), { maxLength: 12 });
  fc.assert(fc.property(source, fc.array(fc.tuple(fc.nat(11), fc.nat(12)), { maxLength: 6 }), fc.integer({ min: -1, max: 11 }), fc.nat(1), (commits, readings, answered, index) => {
    const memory = addressed();
    let next = 0;
    for (const [from, length] of readings) {
      const end = Math.min(commits.length, from + length);
      for (let seq = from; seq < end; seq++) memory.note(seq, commits[seq]!.map((key) => [['back', key]]));
      if (end > from) memory.read(from, end);
      next = Math.max(next, end);
    }
    const cursor = answered < 0 ? undefined : cursorAt(answered, index);
    if (!memory.isAnswered('back/1', cursor, next)) return;
    expect(commits.slice(answered + 1, next).some((keys) => keys.includes('a'))).toBe(false);
    expect(commits.slice(0, next)[answered]?.slice(index + 1).includes('a') ?? false).toBe(false);
  }));
});
