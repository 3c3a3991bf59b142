import { expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions } from './options.ts';

test('on a terminal everything stays up after the example; without one, or with --once, it ends', () => {
  expect(readOptions([], {}, '/clone', true)).toEqual({ dataDir: '/clone/.novacron', port: 7411, runsExample: true, endsAfterExample: false, help: false });
  expect(readOptions([], {}, '/clone', false).endsAfterExample).toBe(true);
  expect(readOptions(['--once'], {}, '/clone', true).endsAfterExample).toBe(true);
  expect(readOptions(['--no-example'], {}, '/clone', false)).toMatchObject({ runsExample: false, endsAfterExample: false });
});

test('arguments go before the environment', () => {
  const env = { NOVACRON_DATA: '/env', NOVACRON_PORT: '8000' };
  expect(readOptions([], env, '/clone', true)).toMatchObject({ dataDir: '/env', port: 8000 });
  expect(readOptions(['--data', '/own', '--port=9000'], env, '/clone', true)).toMatchObject({ dataDir: '/own', port: 9000 });
});

test('--fresh takes the first directory that does not exist yet', () => {
  const clone = mkdtempSync(join(tmpdir(), 'novacron-options-'));
  const fresh = (): string => readOptions(['--fresh'], {}, clone, true).dataDir;
  expect(fresh()).toBe(join(clone, '.novacron'));
  mkdirSync(join(clone, '.novacron'));
  mkdirSync(join(clone, '.novacron-2'));
  expect(fresh()).toBe(join(clone, '.novacron-3'));
  rmSync(clone, { recursive: true });
});

test.each([['--bogus'], ['extra'], ['--port=none'], ['--port', '70000']])('%p is refused in a sentence', (...argv) => {
  expect(() => readOptions(argv, {}, '/clone', true)).toThrow(/(Known are --once|is no port)/);
});
