import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchesGlob } from './glob.ts';

test('TR-06 globs match as the regular expression that they stand for', () => {
  const letters = (all: string): fc.Arbitrary<string> => fc.array(fc.constantFrom(...all), { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(fc.property(letters('ab*?.'), letters('ab.'), (glob, name) => {
    const pattern = glob.replace(/\./g, '\\.').replace(/\*/g, '.*').replace(/\?/g, '.');
    expect(matchesGlob(glob, name)).toBe(new RegExp(`^${pattern}$`).test(name));
  }), { numRuns: 2_000 });
});

test('a glob that ruins a regular expression costs little', () => {
  expect(matchesGlob(`${'a*'.repeat(90)}b`, 'a'.repeat(255))).toBe(false);
});
