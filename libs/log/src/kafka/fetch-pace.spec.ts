import { describe, expect, it } from '@jest/globals';
import { FetchPace } from './fetch-pace.ts';

const many = <T>(times: number, act: () => T) => Array.from({ length: times }, act).at(-1);
const paceOf = (areBusy = false) => new FetchPace({ areBusy });

describe('the pace of fetches', () => {
  it('does not rest while little comes and this process waits for its own', () => {
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

  it('rests longer and longer where all concerns others, until this process waits for something', () => {
    const pace = paceOf();
    const most = (foreign: number, awaited: boolean) => pace.rest(foreign, awaited).most;
    expect(many(16, () => most(1, false))).toBe(0);
    expect([most(1, false), most(1, false)]).toEqual([1, 2]);
    expect(many(1_000, () => most(1, false))).toBe(50);
    expect(pace.rest(4, false)).toEqual({ least: 2, most: 50 });
    expect([most(1, true), most(1, false)]).toEqual([0, 0]);
  });

  it('rests longer under load where the processors are busy, whoever waits', () => {
    const pace = paceOf(true);
    expect([pace.rest(4, true), pace.rest(4, false)]).toEqual([{ least: 20, most: 20 }, { least: 20, most: 20 }]);
    expect(pace.rest(3, false)).toEqual({ least: 0, most: 0 });
  });

  it('has the broker wait longer from fetch to fetch, until others are asked for', () => {
    const pace = paceOf();
    const wait = () => (pace.rest(0, false), pace.wait);
    expect([pace.wait, wait(), wait(), wait(), wait()]).toEqual([100, 200, 400, 800, 800]);
    pace.changed();
    expect(pace.wait).toBe(100);
  });
});
