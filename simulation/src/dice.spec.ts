import { describe, expect, it } from '@jest/globals';
import { dice, wordOf } from './dice.ts';

describe('dice', () => {
  it('say the same for the same seed, on every machine', () => {
    const one = dice(4711);
    expect(Array.from({ length: 8 }, () => one.int(1_000))).toEqual(Array.from({ length: 8 }, ((two) => () => two.int(1_000))(dice(4711))));
    expect(wordOf('novacron')).toBe(872_077_547);
    expect(dice(1).int(1 << 30)).not.toBe(dice(2).int(1 << 30));
  });

  it('of a fork do not disturb those they were made from', () => {
    const [a, b] = [dice(7), dice(7)];
    const fork = a.fork('x');
    for (let i = 0; i < 5; i++) fork.number();
    expect(a.number()).toBe(b.number());
    expect(dice(7).fork('x').number()).not.toBe(dice(7).fork('y').number());
  });

  it('have a heavy tail within its bound', () => {
    const sizes = Array.from({ length: 5_000 }, ((d) => () => d.tail(8, 2_000))(dice(3))).sort((x, y) => x - y);
    expect(sizes[2_500]).toBeLessThanOrEqual(12);
    expect(sizes.at(-1)).toBeGreaterThan(200);
    expect(sizes.at(-1)).toBeLessThanOrEqual(2_000);
  });
});
