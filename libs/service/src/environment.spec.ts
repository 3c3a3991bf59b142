import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { addressOf, withFiles } from './environment.ts';

const directory = mkdtempSync(join(tmpdir(), 'novacron-environment-'));
const file = join(directory, 'url');
writeFileSync(file, 'postgres://u:p@h/d\n');
afterAll(() => rmSync(directory, { recursive: true }));

test('a secret is read from the file that its setting names', () => {
  expect(withFiles({ DATABASE_URL_FILE: file, NOVACRON_PORT: '1' })).toEqual({ DATABASE_URL: 'postgres://u:p@h/d', DATABASE_URL_FILE: file, NOVACRON_PORT: '1' });
});
test('other settings that end so are left alone', () => expect(withFiles({ NOVACRON_API_KEY_FILE: file })).toEqual({ NOVACRON_API_KEY_FILE: file }));
test('two values for one setting are refused', () => expect(() => withFiles({ DATABASE_URL: 'x', DATABASE_URL_FILE: file })).toThrow(/both set/));
test('a file that is not there is named, with the setting', () => expect(() => withFiles({ NOVACRON_KEK_FILE: '/nowhere/kek' })).toThrow(/NOVACRON_KEK_FILE names \/nowhere\/kek/));
test.each([
  [{}, '127.0.0.1', 'http://127.0.0.1:7411'], [{}, '0.0.0.0', 'http://box:7411'], [{}, '::', 'http://box:7411'], [{ NOVACRON_ADDRESS: 'https://n.example:1' }, '0.0.0.0', 'https://n.example:1'],
])('%j listening on %s is reached at %s', (env, host, address) => expect(addressOf(env, host, 'http://127.0.0.1:7411', 'box')).toBe(address));
test('an address with a path is refused', () => expect(() => addressOf({ NOVACRON_ADDRESS: 'http://h:1/x' }, '', 'http://h:1', 'box')).toThrow(/NOVACRON_ADDRESS/));
