import { describe, expect, it } from '@jest/globals';
import { Aim } from './aim.ts';

const found = (...rows: string[]) => () => Promise.resolve(rows);

describe('how far a reader has to read', () => {
  it('first to the end, wherever that is', async () => {
    const aim = new Aim();
    expect(aim.isBeyond(0)).toBe(true);
    await aim.reading(0, found('row'));
    expect(aim.isBeyond(7)).toBe(true);
    await aim.reading(7, found());
    expect(aim.isBeyond(7)).toBe(false);
  });

  it('then as far as it was told, and not again to see that there is nothing', async () => {
    const aim = new Aim();
    await aim.reading(7, found());
    aim.raise(9);
    aim.raise(8);
    expect([7, 8, 9].map((nextSeq) => aim.isBeyond(nextSeq))).toEqual([true, true, false]);
  });

  it('not for ever for what it was told and is not there', async () => {
    const aim = new Aim();
    aim.raise(9);
    await aim.reading(7, found());
    expect(aim.isBeyond(7)).toBe(false);
  });

  it('what it is told while a read finds nothing may have come after it', async () => {
    const aim = new Aim();
    await aim.reading(7, () => {
      aim.raise(8);
      return Promise.resolve([]);
    });
    expect(aim.isBeyond(7)).toBe(true);
  });
});
