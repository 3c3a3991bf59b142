import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmodSync, chownSync, existsSync, mkdtempSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binaries, platformPackage } from './binaries.ts';

let place: string;
let source: string;
let cache: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'novacron-binaries-'));
  [source, cache] = [join(place, 'package'), join(place, 'cache')];
  mkdirSync(join(source, 'native/bin'), { recursive: true });
  writeFileSync(join(source, 'package.json'), '{"version":"18.4.0-beta.17"}');
  writeFileSync(join(source, 'native/bin/postgres'), 'program', { mode: 0o755 });
  writeFileSync(join(source, 'native/libpq.so.5.18'), 'library');
  writeFileSync(join(source, 'native/pg-symlinks.json'), '[{"source":"native/libpq.so.5.18","target":"native/libpq.so.5"}]');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

test('programs are copied once, with the links that the install script would have made', () => {
  expect(binaries(source, cache)).toEqual({ bin: join(cache, 'native/bin'), major: 18 });
  expect(readlinkSync(join(cache, 'native/libpq.so.5'))).toBe('libpq.so.5.18');
  renameSync(join(cache, 'native'), join(cache, 'native.kept'));
  symlinkSync('native.kept', join(cache, 'native'));
  expect(() => binaries(source, cache)).toThrow(/native is a symbolic link/);
});

test('a cache that a cleaner has gone through is made again', () => {
  binaries(source, cache);
  truncateSync(join(cache, 'native/bin/postgres'), 1);
  binaries(source, cache);
  rmSync(join(cache, 'native/libpq.so.5.18'));
  binaries(source, cache);
  expect(existsSync(join(cache, 'native/libpq.so.5'))).toBe(true);
});

test('a cache laid there by somebody else is refused with what to do', () => {
  binaries(source, cache);
  chmodSync(join(cache, 'native/bin'), 0o777);
  expect(() => binaries(source, cache)).toThrow(`The cache of PostgreSQL's programs is not safe to run: ${join(cache, 'native/bin')} is writable by others. Remove it, or set NOVACRON_PG_CACHE to a directory of your own.`);
  chmodSync(join(cache, 'native/bin'), 0o755);
  symlinkSync(cache, join(place, 'link'));
  expect(() => binaries(source, join(place, 'link'))).toThrow(/link is a symbolic link/);
  if (process.getuid?.() !== 0) return;
  chownSync(join(cache, 'native/bin/postgres'), 65534, 65534);
  expect(() => binaries(source, cache)).toThrow(/belongs to user 65534/);
  chownSync(cache, 65534, 65534);
  expect(() => binaries(source, cache)).toThrow(/cache belongs to user 65534/);
});

test('an unknown platform is told what to do', () => {
  expect(() => platformPackage('win32-x64')).toThrow(/no embedded PostgreSQL for win32-x64: set DATABASE_URL/);
});
