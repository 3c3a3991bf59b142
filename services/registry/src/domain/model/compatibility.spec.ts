import { describe, expect, it, test } from '@jest/globals';
import { compareKeys } from '@novacron/kernel';
import fc from 'fast-check';
import semver from 'semver';
import { incompatibility } from './compatibility.ts';
import { highestFirst, numberFault } from './order.ts';

const known = { version: '1.0.0', metrics: {}, schema: { input: { pixels: 'array', hint: 'string?' }, output: { label: 'string', score: 'number' } } };
const offer = (input: Record<string, string>, output: Record<string, string>) => ({ version: '1.1.0', metrics: { top1: 0.8, loss: -1e-3 }, schema: { input, output } });
const { input, output } = known.schema;

describe('DP-20 compatibility', () => {
  it.each([
    ['the same', offer(input, output), {}, undefined],
    ['a new output', offer(input, { ...output, extra: 'string' }), { outputs: 'backward' }, undefined],
    ['an output that is gone', offer(input, { label: 'string' }), { outputs: 'backward' }, "it lacks the output 'score' that 1.0.0 had"],
    ['an output of another type', offer(input, { ...output, score: 'string' }), { outputs: 'backward' }, "output 'score' is string, and was number in 1.0.0"],
    ['an output that is gone, not asked about', offer(input, { label: 'string' }), { inputs: 'backward' }, undefined],
    ['an input more', offer({ ...input, mask: 'array' }, output), { inputs: 'backward' }, "it demands the input 'mask', which 1.0.0 did not"],
    ['an optional input more', offer({ ...input, mask: 'array?' }, output), { inputs: 'backward' }, undefined],
    ['an input less', offer({ pixels: 'array' }, output), { inputs: 'backward' }, undefined],
    ['an input that became optional', offer({ ...input, pixels: 'array?' }, output), { inputs: 'backward' }, undefined],
    ['an input that became required', offer({ ...input, hint: 'string' }, output), { inputs: 'backward' }, "input 'hint' is string, and was string? in 1.0.0"],
    ['an input of another type', offer({ ...input, pixels: 'string' }, output), { inputs: 'backward' }, "input 'pixels' is string, and was array in 1.0.0"],
    ['no schema', { version: '1.1.0', metrics: {} }, { outputs: 'backward' }, 'it has no schema to compare with that of 1.0.0'],
    ['a metric that holds', offer(input, output), { metrics: { top1: '>=0.80', loss: '< 0' } }, undefined],
    ['a metric that does not', offer(input, output), { metrics: { top1: '>0.80' } }, 'its metric top1 is 0.8, and >0.80 is demanded'],
    ['a metric that it lacks', offer(input, output), { metrics: { f1: '>=0.5' } }, 'it has no metric f1, and >=0.5 is demanded'],
    ['a metric named like a method', offer(input, output), { metrics: { constructor: '>=0.5' } }, 'it has no metric constructor, and >=0.5 is demanded'],
    ['a demand that is none', offer(input, output), { metrics: { top1: 'best' } }, "metric top1: 'best' is no comparison; write '>=0.80'"],
  ] as const)('%s', (_, offered, compat, fault) => expect(incompatibility(offered, known, compat)).toBe(fault));

  test('a first version is compatible with everything but its metrics', () => {
    expect(incompatibility(offer(input, output), undefined, { inputs: 'backward', outputs: 'backward' })).toBeUndefined();
  });
});

test('MR-01 the index sorts versions as semver does, highest first', () => {
  const part = fc.oneof(fc.nat(12).map(String), fc.constantFrom('a', 'b', 'ab', 'alpha', 'rc', '-', 'A', '0a'));
  const version = fc.tuple(fc.nat(2), fc.nat(12), fc.nat(2), fc.array(part, { maxLength: 3 })).map(([a, b, c, pre]) => `${a}.${b}.${c}${pre.length ? `-${pre.join('.')}` : ''}`);
  fc.assert(fc.property(version, version, (a, b) => {
    expect(numberFault(a)).toBeUndefined();
    expect(Math.sign(compareKeys(highestFirst(a), highestFirst(b)))).toBe(semver.rcompare(a, b));
  }), { numRuns: 3_000 });
});
