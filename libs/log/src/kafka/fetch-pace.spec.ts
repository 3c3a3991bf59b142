import { describe, expect, it } from '@jest/globals';
import { FetchPace } from './fetch-pace.ts';

const many = <T>(times: number, act: () => T) => Array.from({ length: times }, act).at(-1);
const paceOf = (areBusy = false) => new FetchPace({ areBusy });

describe('the pace of fetches', () => {
  it('does not rest while little comes and this process waits for it', () => {
    const pace = paceOf();
    expect(many(1_000, () => pace.rest(1, true))).toEqual({ least: 0, most: 0 });
  });

  it('lets more come under load, whoever waits', () => {
    const pace = paceOf();
    expect([pace.rest(4, true), pace.rest(4, false)]).toEqual([{ least: 2, most: 2 }, { least: 2, most: 2 }]);
  });

  it('does not rest where nothing came', () => {
    const pace = paceOf();
    expect(many(1_000, () => pace.rest(0, false))).toEqual({ least: 0, most: 0 });
  });

  it('rests longer and longer where all concerns others, and much longer where it has only listened for long', () => {
    const pace = paceOf();
    const most = () => pace.rest(1, false).most;
    expect(many(16, most)).toBe(0);
    expect([most(), most()]).toEqual([4, 8]);
    expect(many(110, most)).toBe(50);
    expect([most(), pace.rest(4, false)]).toEqual([200, { least: 2, most: 200 }]);
  });

  it('does not rest from when this process waits for others until much has concerned only them again', () => {
    const pace = paceOf(true);
    const most = (awaited: boolean) => pace.rest(1, awaited).most;
    expect(many(1_000, () => most(false))).toBe(200);
    expect([most(true), many(16, () => most(false)), most(false)]).toEqual([0, 0, 4]);
  });

  it('rests longer under load where the processors are busy, whoever waits', () => {
    const pace = paceOf(true);
    expect([pace.rest(4, true), pace.rest(4, false)]).toEqual([{ least: 20, most: 20 }, { least: 20, most: 20 }]);
    expect(pace.rest(3, false)).toEqual({ least: 0, most: 0 });
    expect(many(1_000, () => pace.rest(4, false))).toEqual({ least: 20, most: 200 });
  });

  it('has the broker wait longer from fetch to fetch, until others are asked for', () => {
    const pace = paceOf();
    const wait = () => (pace.rest(0, false), pace.wait);
    expect([pace.wait, wait(), wait(), wait(), wait()]).toEqual([100, 200, 400, 800, 800]);
    pace.changed();
    expect(pace.wait).toBe(100);
  });
});
