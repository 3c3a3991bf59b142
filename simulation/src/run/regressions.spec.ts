import { describe, expect, it } from '@jest/globals';
import { makeChecker } from '../checker/checker.ts';
import { makeWorkload } from '../workload/workload.ts';
import { escaping } from './escaping.ts';
import { regressions } from './regressions.ts';
import { runCase } from './seed.ts';

const kit = { makeWorkload, makeChecker };

describe('cases that failed once', () => {
  it('fail no more', async () => {
    for (const { name, one } of regressions()) {
      const { violations } = await escaping(() => runCase(one, kit));
      expect({ name, violations }).toEqual({ name, violations: [] });
    }
  });
});

describe('a seed', () => {
  it('gives the same trace each time, and another one another', async () => {
    const hashOf = async (seed: number) => (await runCase({ seed, size: 'small' }, kit)).hash;
    const first = await hashOf(5);
    expect(await hashOf(5)).toBe(first);
    expect(await hashOf(6)).not.toBe(first);
  });
});
