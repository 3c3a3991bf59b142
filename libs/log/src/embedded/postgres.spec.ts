import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { checkDatabase, identify, isRunning, openDatabase, startPostgres, stopPostgresOf, type EmbeddedPostgres } from './index.ts';

let place: string;
const running = new Set<EmbeddedPostgres>();
const lines: string[] = [];

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'novacron-pg-'));
  chmodSync(place, 0o755);
  lines.length = 0;
});
afterEach(async () => {
  await Promise.all([...running].map((postgres) => postgres.stop()));
  running.clear();
  rmSync(place, { recursive: true, force: true });
});

async function start(dataDir = join(place, 'data'), settings: Record<string, string> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres({ dataDir, settings, log: (line) => lines.push(line) });
  running.add(postgres);
  return postgres;
}

async function query<T>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

const recordOf = (dataDir: string): { location: string; pid: number } => JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8'));

test('a first start makes a database that asks for the password of a 0600 file and is durable', async () => {
  const postgres = await start();
  const data = join(place, 'data');
  for (const file of ['postgres.password', 'postgres.json', 'postgres.log']) expect(statSync(join(data, file)).mode & 0o777).toBe(0o600);
  expect(postgres.url).toContain(readFileSync(join(data, 'postgres.password'), 'utf8').trim());
  const rows = await query<{ name: string; setting: string }>(postgres.url, "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'listen_addresses', 'unix_socket_directories', 'password_encryption') order by name");
  expect(rows.map(({ name, setting }) => `${name}=${setting}`)).toEqual(['fsync=on', 'listen_addresses=127.0.0.1', 'password_encryption=scram-sha-256', 'synchronous_commit=on', 'unix_socket_directories=']);
  await expect(query(postgres.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toMatchObject({ code: '28P01' });
  expect(identify(postgres.pid)).toEqual({ pid: postgres.pid, startedAt: postgres.startedAt });
});

test('a stop ends the process, and the next start finds the data on the same port', async () => {
  const first = await start();
  await query(first.url, 'create table t as select 1 as x');
  await first.stop();
  expect(await first.exited).toBe(0);
  expect(identify(first.pid)).toBeNull();
  const began = performance.now();
  const second = await start();
  expect(performance.now() - began).toBeLessThan(2000);
  expect(second.url).toBe(first.url);
  expect(await query(second.url, 'select x from t')).toEqual([{ x: 1 }]);
});

test('a killed postmaster is known at once, and the next start recovers every acknowledged row', async () => {
  const first = await start();
  await query(first.url, 'create table t as select 7 as x');
  const client = new pg.Client({ connectionString: first.url });
  const lost = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  const busy = client.query('select pg_sleep(60)').catch((error: Error) => error.message);
  process.kill(first.pid, 'SIGKILL');
  expect(await first.exited).toBeNull();
  const second = await start();
  expect(second.url).toBe(first.url);
  expect(await query(second.url, 'select x from t')).toEqual([{ x: 7 }]);
  await lost;
  expect(await busy).toMatch(/terminat/);
});

test('a PostgreSQL left running is adopted when it answers, and replaced when its settings differ', async () => {
  const first = await start();
  const adopted = await start();
  expect(adopted.pid).toBe(first.pid);
  const other = await start(join(place, 'data'), { work_mem: '5MB' });
  expect(isRunning(first)).toBe(false);
  expect(await adopted.exited).toBeNull();
  expect(await query(other.url, 'show work_mem')).toEqual([{ work_mem: '5MB' }]);
});

test('a postmaster.pid whose pid was given to somebody else is dealt with', async () => {
  const first = await start();
  await first.stop();
  const { location } = recordOf(join(place, 'data'));
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { cwd: '/', stdio: 'ignore', ...(process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}) });
  writeFileSync(join(place, 'data', location, 'postmaster.pid'), `${stranger.pid}\n${location}\n1\n${first.port}\n\n127.0.0.1\n1 1\nready\n`);
  const second = await start();
  expect(await query(second.url, 'select 1 as x')).toEqual([{ x: 1 }]);
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  stranger.kill('SIGKILL');
  await once(stranger, 'exit');
});

test('a taken port is not waited for', async () => {
  const first = await start();
  await first.stop();
  const thief = createServer().listen(first.port, '127.0.0.1');
  await once(thief, 'listening');
  const second = await start();
  expect(second.port).not.toBe(first.port);
  thief.close();
});

test('whoever knows only the data directory can stop it', async () => {
  const postgres = await start();
  await stopPostgresOf(join(place, 'data'));
  expect(isRunning(postgres)).toBe(false);
});

test('data of another major version and data that is gone are refused in one sentence', async () => {
  const first = await start();
  await first.stop();
  const data = join(place, 'data');
  const { location } = recordOf(data);
  writeFileSync(join(data, location, 'PG_VERSION'), '13\n');
  await expect(start()).rejects.toThrow(/written by PostgreSQL 13, this NovaCron brings 18: .*DATABASE_URL/);
  rmSync(join(data, location), { recursive: true });
  await expect(start()).rejects.toThrow(/is gone: restore it/);
});

test('as root below a private directory its data lies where its user can reach it', async () => {
  if (process.getuid?.() !== 0) return;
  chmodSync(place, 0o700);
  const postgres = await start();
  const { location } = recordOf(join(place, 'data'));
  expect(location).toMatch(/^\/var\/(lib\/novacron\/|tmp\/novacron-)[0-9a-f]{12}-[0-9a-f]{6}\/postgres$/);
  expect(statSync(location)).toMatchObject({ uid: 65534 });
  await postgres.stop();
  rmSync(join(location, '..'), { recursive: true });
});

test('a data directory that cannot be one is refused in one sentence', async () => {
  writeFileSync(join(place, 'file'), '');
  await expect(start(join(place, 'file', 'data'))).rejects.toThrow(/^Cannot write to .*: (a part of the path is a file|a file of that name is in the way): choose another directory\.$/);
  if (process.platform === 'linux') await expect(start('/proc/novacron')).rejects.toThrow(/^Cannot write to \/proc\/novacron: it cannot be made there/);
});

describe('DATABASE_URL', () => {
  test('replaces the embedded one, after a check', async () => {
    const postgres = await start();
    const dataDir = join(place, 'unused');
    await expect(openDatabase({ DATABASE_URL: postgres.url }, { dataDir })).resolves.toEqual({ url: postgres.url });
    expect(statSync(dataDir, { throwIfNoEntry: false })).toBeUndefined();
    const wrong = postgres.url.replace(/:[^:@]+@/, ':wrong@');
    await expect(openDatabase({ DATABASE_URL: wrong }, { dataDir })).rejects.toThrow(`Cannot use the PostgreSQL at 127.0.0.1:${postgres.port}/postgres as user novacron: it refused the user name or password: correct DATABASE_URL.`);
    await expect(checkDatabase(postgres.url.replace(/postgres$/, 'nowhere'))).rejects.toThrow(/no database of that name/);
  });

  test.each(['', 'mysql://x', 'nonsense'])('%p is refused in one sentence', async (url) => {
    await expect(openDatabase({ DATABASE_URL: url }, { dataDir: place })).rejects.toThrow(/^DATABASE_URL is (empty|not the address of a PostgreSQL): .*\.$/);
  });

  test('a port where nothing listens, and one where something else does', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(checkDatabase(`postgres://u:secret@127.0.0.1:${port}/db`)).rejects.toThrow(/may be no PostgreSQL/);
    server.close();
    await once(server, 'close');
    await expect(checkDatabase(`postgres://u:secret@127.0.0.1:${port}/db`)).rejects.toThrow(`Cannot use the PostgreSQL at 127.0.0.1:${port}/db as user u: nothing listens there: start PostgreSQL or correct DATABASE_URL.`);
  });
});
