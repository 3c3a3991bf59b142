import { describe, expect, it } from '@jest/globals';
import { added } from '../report.mjs';
import { derived, misses } from './verdict.mjs';

const clean = {
  lost: 0, 'counted twice': 0, 'stale commits applied': 0, orphans: 0, 'failed otherwise': 0, 'answers of 500': 0, 'requests refused': 0, 'differences of the rebuild': 0,
  'runs acknowledged': 10, 'ended as they should': 10, 'faults that hit work in flight': 3,
};
const figures = (takeOver, outage = []) => ({ ...clean, ...derived({ recovery: [], takeOver, outage, values: clean }) });

describe('the verdict on a chaos run', () => {
  it('bears one slow take-over among a few, not two', () => {
    expect(misses(figures([900, 1_000, 9_000]))).toEqual([]);
    expect(misses(figures([900, 8_000, 9_000]))).toEqual(['take-over p99 ms: 8000, at most 3000']);
  });

  it('judges the middle of recoveries from twenty on, their worst always', () => {
    const of = (recovery) => misses({ ...clean, ...derived({ recovery, takeOver: [], outage: [], values: clean }) });
    expect(of(Array.from({ length: 19 }, () => 18_000))).toEqual([]);
    expect(of(Array.from({ length: 20 }, () => 18_000))).toEqual(['recovery p50 ms: 18000, at most 17000']);
    expect(of([31_000, 31_000])).toEqual(['recovery p99 ms: 31000, at most 30000']);
  });

  it('bears no partition that nobody took over, among however many that were', () => {
    expect(misses(figures([900, 1_000, Infinity]))).toEqual(['never taken over: 1']);
    expect(misses(figures([...Array.from({ length: 200 }, () => 900), Infinity]))).toEqual(['never taken over: 1']);
  });

  it('gives a take-over that had to wait for the log the time of a recovery, and no more', () => {
    expect(misses(figures([900], [12_420, 13_000]))).toEqual([]);
    expect(misses(figures([900], [31_000, 32_000]))).toEqual(['take-over across an outage p99 ms: 31000, at most 30000']);
    expect(misses(figures([900], [Infinity]))).toEqual(['never taken over: 1']);
  });

  it('still knows of it when the results of another run are added', () => {
    const part = (takeOver) => JSON.parse(JSON.stringify({ name: 'kill', n: 3, topology: 'apart', seconds: 1, parts: ['3 apart'], samples: { recovery: [], takeOver, outage: [] }, values: figures(takeOver) }));
    expect(misses(added(part([900, Infinity]), part([1_000, 1_000])).values)).toEqual(['never taken over: 1']);
    expect(misses(added(part([900]), part([1_000, Infinity])).values)).toEqual(['never taken over: 1']);
  });
});
