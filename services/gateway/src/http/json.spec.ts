import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonFault } from './json.ts';

describe('the fault of a text that is no JSON', () => {
  test.each([
    ['', 1, 1, 'expected a value, found the end of the text'],
    ['{"a":}', 1, 6, 'expected a value, found "}"'],
    ['{"a":1,}', 1, 8, 'expected a name in double quotes, found "}"'],
    ['[1,\n 2', 2, 3, 'expected a comma or the end, found the end of the text'],
    ['{"a" 1}', 1, 6, 'expected a colon, found "1}"'],
    ['{} x', 1, 4, 'expected a comma or the end, found "x"'],
    ['[1}', 1, 3, 'expected a comma or the end, found "}"'],
    ["{'a': 1}", 1, 2, 'expected a name in double quotes or }, found "\'a\': 1}"'],
  ])('%j', (text, line, column, message) => expect(jsonFault(text)).toEqual({ line, column, message }));

  test('is found exactly where JSON.parse finds one', () => {
    const noise = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', ':', '1', '\\', 'tru')).map(([text, at, extra]) => text.slice(0, at % (text.length + 1)) + extra + text.slice(at % (text.length + 1)));
    fc.assert(fc.property(fc.oneof(fc.json(), noise), (text) => {
      let valid = true;
      try { JSON.parse(text); } catch { valid = false; }
      expect(jsonFault(text) === undefined).toBe(valid);
    }), { numRuns: 500 });
  });
});
