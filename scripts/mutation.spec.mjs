// A mutator that mutates nothing would praise every test.
import { describe, expect, it } from '@jest/globals';
import { mutantsOf, withMutant } from './mutation/mutants.mjs';
import { sampled, summaryOf } from './mutation/summary.mjs';

const all = (source) => mutantsOf(source).map((mutant) => withMutant(source, mutant));

describe('mutants', () => {
  it.each([
    ['const a = b < c;', ['const a = b <= c;', 'const a = b >= c;']],
    ['const a = b === c && d;', ['const a = b !== c && d;', 'const a = b === c || d;']],
    ['const a = b + 9;', ['const a = b - 9;', 'const a = b + 10;']],
    ['if (a) b.put(c);', ['if (true) b.put(c);', 'if (false) b.put(c);', 'if (a) ;']],
    ['const a = !b ? true : false;', ['const a = true ? true : false;', 'const a = false ? true : false;', 'const a = (b) ? true : false;', 'const a = !b ? false : false;', 'const a = !b ? true : true;']],
    ['function f() { return a; }', ['function f() { return undefined as never; }']],
    ['for (let i = n; ; i++) f(i);', ['for (let i = n; ; i--) f(i);', 'for (let i = n; ; i++) ;']],
  ])('of %s', (source, mutants) => expect(all(source).sort()).toEqual([...mutants].sort()));

  it('are not made of types, imports, or sums of texts', () => expect(all("import a from 'b'; interface C { d: 1 } type E = 2 | true; const f: 3 = g; const h = 'i' + j;")).toEqual([]));

  it('name their line', () => expect(mutantsOf('a;\nb(1);').map(({ line, kind }) => [line, kind])).toEqual([[2, 'call left out'], [2, 'literal']]));
});

describe('a sample', () => {
  const items = Array.from({ length: 100 }, (_, i) => i);

  it('is the same for a seed, another for another, and in the order of the source', () => {
    const drawn = sampled(items, 10, 1);
    expect([drawn.length, sampled(items, 10, 1), [...drawn].sort((a, b) => a - b)]).toEqual([10, drawn, drawn]);
    expect(sampled(items, 10, 2)).not.toEqual(drawn);
    expect([sampled(items, undefined, 1), sampled(items, 200, 1)]).toEqual([items, items]);
  });
});

describe('the summary', () => {
  const outcome = (fate) => ({ file: 'a.ts', fate });
  const of = (...fates) => summaryOf('rule', { files: ['a.ts'], floor: 0.75 }, fates.map(outcome), 1);

  it('counts a test that no longer ends as noticed, and fails below the floor', () => {
    expect(of('killed', 'killed', 'timeout', 'survived')).toMatchObject({ values: { share: 0.75, mutants: 4, killed: 2, survived: 1, timeouts: 1, uncompiled: 1 }, fault: undefined });
    expect(of('killed', 'survived').fault).toBe('rule: 50.0 % of the mutants were noticed, fewer than 75 %: see the survivors above');
  });
});
