import { expect, it } from '@jest/globals';
import { LookPace } from './look-pace.ts';

it('looks become rare where nothing is new, and frequent again when something is', () => {
  const pace = new LookPace();
  expect(pace.quicken()).toBe(false);
  expect(Array.from({ length: 6 }, () => pace.next())).toEqual([200, 400, 800, 1_600, 2_000, 2_000]);
  expect(pace.quicken()).toBe(true);
  expect(pace.next()).toBe(200);
  expect(pace.quicken()).toBe(false);
});
