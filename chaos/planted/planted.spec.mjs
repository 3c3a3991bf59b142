// What the planting itself must not do: credit a bug to a test that failed for another reason, or to none.
import { describe, expect, it } from '@jest/globals';
import { verdictOf } from './check.mjs';
import { causeIn, evidenceOf } from './evidence.mjs';
import { parsePatch, wordsOf } from './patches.mjs';

const HEADER = '# wrong: it is\n#   very wrong.\n# cost: much.\n# check: npm test -- a.spec.ts -t "one two"\n# shows: 2\n';
const DIFF = 'diff --git a/x.ts b/x.ts\n--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n-a\n+b\n';

describe('a patch', () => {
  it('says what is wrong, what it costs, its check and what that shows, over several lines', () => {
    expect(parsePatch('bug.patch', HEADER + DIFF)).toEqual({ name: 'bug', file: 'bug.patch', wrong: 'it is very wrong.', cost: 'much.', check: 'npm test -- a.spec.ts -t "one two"', shows: '2', touches: ['x.ts'] });
  });

  it('that leaves something out is refused by name', () => {
    expect(() => parsePatch('bug.patch', HEADER.replace('# cost: much.\n', '') + DIFF)).toThrow('bug.patch says nothing of cost');
    expect(() => parsePatch('bug.patch', HEADER)).toThrow('bug.patch changes no file');
  });

  it('has a check whose quoted words stay together', () => expect(wordsOf('npm test -- a.spec.ts -t "one two" \'3 4\'')).toEqual(['npm', 'test', '--', 'a.spec.ts', '-t', 'one two', '3 4']));
});

describe('the verdict on a check', () => {
  const test = (status, message) => ({ status, fullName: 'it works', failureMessages: message ? [message] : [] });
  const report = (tests, broken = 0) => ({ numRuntimeErrorTestSuites: broken, testResults: [{ message: broken ? '● Test suite failed to run\n\n  SyntaxError: unexpected' : '', assertionResults: tests }] });

  it('is failed, with what was expected and where, when an assertion failed', () => {
    const message = 'Error: expect(received).toEqual(expected) // deep equality\n\n- Expected  - 1\n+ Received  + 1\n\n  Array [\n-   1,\n+   2,\n  ]\n    at Object.<anonymous> (/tmp/x/a.spec.ts:7:3)';
    expect(verdictOf(report([test('passed'), test('failed', message)]), 'a.spec.ts')).toMatchObject({ verdict: 'failed', by: 'it works', line: 'expect(received).toEqual(expected); -   1,; +   2,', at: 'a.spec.ts:7' });
  });

  it('is broken, not failed, when the suite could not be loaded or no test has that name', () => {
    expect(verdictOf(report([], 1), 'a.spec.ts')).toEqual({ verdict: 'broken', by: 'a.spec.ts', line: 'SyntaxError: unexpected' });
    expect(verdictOf(report([test('pending')]), 'a.spec.ts')).toMatchObject({ verdict: 'broken', line: 'no test is called like this' });
  });

  it('is passed only when a test was run', () => expect(verdictOf(report([test('passed'), test('pending')]), 'a.spec.ts').verdict).toBe('passed'));

  it('of a property is that of the assertion in it', () => {
    const cause = causeIn('Property failed after 2 tests\n\n    Cause:\n        expect(received).toBe(expected)\n\n        Expected: "a"\n        Received: "b"\n\n          33 |   x\n\n          at toBe (src/laws.spec.ts:36:31)');
    expect(evidenceOf(cause)).toMatchObject({ line: 'expect(received).toBe(expected); Expected: "a"; Received: "b"', at: 'laws.spec.ts:36' });
  });
});
