import { expect, test } from '@jest/globals';
import { lastSentence } from './child.ts';

test('the reason of an end is its last sentence, or the error of a crash', () => {
  expect(lastSentence('starting\nThe disk is full: free some space.\n')).toBe('The disk is full: free some space.');
  expect(lastSentence("node:internal/x:1\n    throw e;\n    ^\n\nError [ERR_MODULE_NOT_FOUND]: Cannot find module '/a.js'\n    at f (x:1)\n  code: 'X'\n}\n\nNode.js v20.20.2\n")).toBe("Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/a.js'");
  expect(lastSentence('')).toBe('');
});
