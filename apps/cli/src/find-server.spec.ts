import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliError } from './exit-codes.ts';
import { dataDirOf, findServer, type ServerFlags } from './find-server.ts';

const LOCAL = 'http://127.0.0.1:7411';
const REMOTE = 'https://nova.example';

function dataDir(url = LOCAL): string {
  const dir = mkdtempSync(join(tmpdir(), 'novacron-data-'));
  writeFileSync(join(dir, 'server.json'), JSON.stringify({ pid: 1, url, instance: 'x' }));
  writeFileSync(join(dir, 'admin.key'), 'nvk_file\n');
  return dir;
}

describe('the server is found', () => {
  const data = dataDir();
  const other = dataDir('http://127.0.0.1:7999');
  const find = (flags: ServerFlags, env: Record<string, string> = {}) => findServer(flags, { env, cwd: '/' });
  const id = (flags: ServerFlags, env: Record<string, string> = {}) => {
    try {
      return find(flags, env);
    } catch (error) {
      return (error as CliError).id;
    }
  };

  test('by flags before environment before files', () => {
    const env = { NOVACRON_URL: REMOTE, NOVACRON_API_KEY: 'nvk_env', NOVACRON_DATA: data };
    expect(find({ url: `${LOCAL}/`, key: 'nvk_flag' }, env)).toEqual({ url: LOCAL, key: 'nvk_flag' });
    expect(find({ key: 'nvk_flag' }, env)).toEqual({ url: REMOTE, key: 'nvk_flag' });
    expect(find({}, env)).toEqual({ url: REMOTE, key: 'nvk_env' });
    expect(find({}, { NOVACRON_DATA: data })).toEqual({ url: LOCAL, key: 'nvk_file' });
    expect(find({ data: other }, env)).toEqual({ url: 'http://127.0.0.1:7999', key: 'nvk_file' });
  });

  test('and an admin key from a file goes to that directory\'s server only', () => {
    expect(id({ url: REMOTE, data })).toBe('KeyMissing');
    expect(id({}, { NOVACRON_URL: REMOTE, NOVACRON_DATA: data })).toBe('KeyMissing');
    expect(id({}, { NOVACRON_URL: `${LOCAL}/`, NOVACRON_DATA: data })).toEqual({ url: LOCAL, key: 'nvk_file' });
  });

  test('or the reason is said', () => {
    expect(id({ data: '/nonexistent' })).toBe('ServerNotFound');
    expect(id({ url: 'ftp://x', key: 'k' })).toBe('UrlInvalid');
    expect(id({ url: 'nonsense', key: 'k' })).toBe('UrlInvalid');
  });

  test('in .novacron of the clone by default', () => {
    expect(dataDirOf({}, { env: {}, cwd: '/elsewhere' })).toMatch(/[/][.]novacron$/);
    expect(dataDirOf({ data: 'd' }, { env: {}, cwd: '/elsewhere' })).toBe('/elsewhere/d');
  });
});
