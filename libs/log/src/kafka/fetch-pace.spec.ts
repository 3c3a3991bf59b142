import { describe, expect, it } from '@jest/globals';
import { FetchPace } from './fetch-pace.ts';

const many = <T>(times: number, act: () => T) => Array.from({ length: times }, act).at(-1);

describe('the pace of fetches', () => {
  it('does not rest while little comes and this process waits for its own', () => {
    const pace = new FetchPace();
    expect(many(1_000, () => pace.rest(1, true, false))).toEqual({ least: 0, most: 0 });
  });

  it('lets more come under load, whoever waits', () => {
    const pace = new FetchPace();
    expect([pace.rest(4, true, false), pace.rest(4, false, false)]).toEqual([{ least: 2, most: 2 }, { least: 2, most: 2 }]);
  });

  it('never rests for what this process wrote itself: there is nobody else', () => {
    const pace = new FetchPace();
    expect(many(1_000, () => pace.rest(0, true, false))).toEqual({ least: 0, most: 0 });
  });

  it('rests longer and longer where all concerns others, until this process waits for something', () => {
    const pace = new FetchPace();
    const most = (foreign: number, awaited: boolean) => pace.rest(foreign, awaited, false).most;
    expect(many(16, () => most(1, false))).toBe(0);
    expect([most(1, false), most(1, false)]).toEqual([1, 2]);
    expect(many(1_000, () => most(1, false))).toBe(50);
    expect(pace.rest(4, false, false)).toEqual({ least: 2, most: 50 });
    expect([most(1, true), most(1, false)]).toEqual([0, 0]);
  });

  it('rests longer under load where the processors are busy, whoever waits', () => {
    const pace = new FetchPace();
    expect([pace.rest(4, true, true), pace.rest(4, false, true)]).toEqual([{ least: 20, most: 20 }, { least: 20, most: 20 }]);
    expect(pace.rest(3, false, true)).toEqual({ least: 0, most: 0 });
  });

  it('has the broker wait longer where nothing comes', () => {
    const pace = new FetchPace();
    const wait = (foreign: number) => (pace.rest(foreign, false, false), pace.wait);
    expect([pace.wait, wait(0), wait(0), wait(0), wait(0), wait(1)]).toEqual([100, 200, 400, 800, 800, 100]);
  });
});
