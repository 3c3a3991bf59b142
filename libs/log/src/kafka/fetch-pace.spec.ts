import { describe, expect, it } from '@jest/globals';
import type { Manner } from './attention.ts';
import { FetchPace } from './fetch-pace.ts';

const many = <T>(times: number, act: () => T) => Array.from({ length: times }, act).at(-1);
const paceOf = (manner: Manner, areBusy = false) => new FetchPace(manner, { areBusy });
const quiet = { awaited: false, asked: false };
const awaited = { awaited: true, asked: false };
const asked = { awaited: false, asked: true };

describe('the pace of fetches', () => {
  it('does not rest while little comes of what this process waits for', () => {
    const pace = paceOf('promptly');
    expect(many(1_000, () => pace.rest(1, quiet))).toEqual({ least: 0, most: 0 });
  });

  it('lets more come under load, whoever waits, and longer where the processors are busy', () => {
    for (const [areBusy, ms] of [[false, 2], [true, 20]] as const) {
      const pace = paceOf('promptly', areBusy);
      expect([pace.rest(4, awaited), pace.rest(4, quiet), pace.rest(3, quiet)]).toEqual([{ least: ms, most: ms }, { least: ms, most: ms }, { least: 0, most: 0 }]);
      expect(paceOf('patiently', areBusy).rest(4, awaited)).toEqual({ least: ms, most: ms });
    }
  });

  it('does not rest where nothing came', () => {
    const pace = paceOf('patiently');
    expect(many(1_000, () => pace.rest(0, quiet))).toEqual({ least: 0, most: 0 });
  });

  it('rests longer and longer where it is patient, and much longer where this process has only listened for long', () => {
    const pace = paceOf('patiently');
    const most = () => pace.rest(1, quiet).most;
    expect([most(), most(), most()]).toEqual([10, 14, 18]);
    expect(many(125, most)).toBe(50);
    expect([most(), pace.rest(4, quiet)]).toEqual([200, { least: 2, most: 200 }]);
  });

  it('rests shortly after this process asked something, and not at all while somebody waits', () => {
    const pace = paceOf('patiently', true);
    expect(many(1_000, () => pace.rest(4, quiet))).toEqual({ least: 20, most: 200 });
    expect([pace.rest(1, asked), pace.rest(1, quiet)].map(({ most }) => most)).toEqual([10, 14]);
    expect([pace.rest(1, awaited), pace.rest(1, quiet)].map(({ most }) => most)).toEqual([0, 10]);
  });

  it('has the broker wait longer from fetch to fetch, until others are asked for', () => {
    const pace = paceOf('promptly');
    const wait = () => (pace.rest(0, quiet), pace.wait);
    expect([pace.wait, wait(), wait(), wait(), wait()]).toEqual([100, 200, 400, 800, 800]);
    pace.changed();
    expect(pace.wait).toBe(100);
  });
});
