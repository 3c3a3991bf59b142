import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { binaries } from './binaries.ts';
import { CannotStart } from './cannot-start.ts';
import { checkDatabase } from './database-check.ts';
import { initialise, refuseOtherMajor } from './initialise.ts';
import { findPostmaster, stopPostmaster, type Postmaster } from './leftover.ts';
import { locationOf, openDataDir, passwordOf, placeOf, refuseForeignData, writeRecord } from './place.ts';
import { spawnPostmaster, watchPostmaster, type ServingPostmaster } from './postmaster.ts';

/** A PostgreSQL of our own that answers. */
export interface EmbeddedPostgres {
  /** With the password in it: never print it. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Start of the process, as in ProcessIdentity. */
  readonly startedAt: string;
  /** Stops it within 3 s, whatever it does. */
  stop(): Promise<void>;
  /** Settles when the process is gone, with its exit code where it is known. */
  readonly exited: Promise<number | null>;
}

export interface PostgresOptions {
  /** NovaCron's data directory; PostgreSQL's own data lies below it, or where `<dataDir>/postgres.json` says. */
  readonly dataDir: string;
  /** Settings beyond or instead of ours, as of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes one line on each step. */
  readonly log?: (line: string) => void;
}

const settingsOf = (settings: Readonly<Record<string, string>>): Record<string, string> => ({
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // A killed or suspended client must free its locks soon: its successor waits for them.
  tcp_keepalives_idle: '2',
  tcp_keepalives_interval: '1',
  tcp_keepalives_count: '3',
  ...(process.platform === 'linux' ? { tcp_user_timeout: '5000', client_connection_check_interval: '1000' } : {}),
  idle_in_transaction_session_timeout: '5000',
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: '64MB',
  wal_compression: 'off', // only pglz is compiled in, which halves the bulk rate
  checkpoint_timeout: '15min',
  autovacuum_naptime: '15s', // small tables that are updated all the time
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  ...settings,
});

/** Starts the embedded PostgreSQL of a data directory, or adopts the one that a killed predecessor left. Throws CannotStart with one sentence. */
export async function startPostgres({ dataDir: wanted, settings = {}, log = () => {} }: PostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = openDataDir(wanted);
  const programs = binaries();
  const password = passwordOf(dataDir);
  const record = placeOf(dataDir);
  const location = locationOf(dataDir, record);
  const all = settingsOf(settings);
  const startedWith = createHash('sha256').update(JSON.stringify([programs, all])).digest('hex').slice(0, 16);
  if (existsSync(location)) {
    refuseForeignData(location);
    refuseOtherMajor(location, programs.major);
  } else {
    log('making the database');
    await initialise({ programs, location, password });
  }
  const urlAt = (port: number): string => `postgres://novacron:${password}@127.0.0.1:${port}/postgres`;
  const left = findPostmaster(location);
  const adopted = left !== null && record.startedWith === startedWith && (await answers(left, urlAt)) ? left : null;
  if (left !== null && adopted === null) {
    log(`stopping a PostgreSQL that was left running (process ${left.pid})`);
    await stopPostmaster(left);
  } else if (adopted !== null) log(`adopting the PostgreSQL that was left running (process ${adopted.pid})`);
  const serving: ServingPostmaster = adopted !== null
    ? watchPostmaster(adopted)
    : await spawnPostmaster({ programs, dataDir, location, settings: all, preferredPort: record.port });
  const { pid, startedAt, port } = serving;
  writeRecord(dataDir, { location: record.location, port, pid, startedAt, startedWith });
  return { url: urlAt(port), port, pid, startedAt, exited: serving.exited, stop: () => stopPostmaster(serving) };
}

async function answers(left: Postmaster, urlAt: (port: number) => string): Promise<boolean> {
  if (!left.ready) return false;
  return checkDatabase(urlAt(left.port), 2000).then(() => true, () => false);
}

/** The database to use: the one of DATABASE_URL after a check, or else the embedded one. */
export async function openDatabase(env: Readonly<Record<string, string | undefined>>, options: PostgresOptions): Promise<EmbeddedPostgres | { readonly url: string }> {
  const url = env['DATABASE_URL'];
  if (url === undefined) return startPostgres(options);
  if (url === '') throw new CannotStart('DATABASE_URL is empty: set it to the address of a PostgreSQL, or unset it to use the embedded one.');
  await checkDatabase(url);
  return { url };
}

/** The database of a data directory for a moment: the one that runs is borrowed, one that does not is started and stopped by `done`. */
export async function borrowDatabase(env: Readonly<Record<string, string | undefined>>, options: PostgresOptions): Promise<{ readonly url: string; done(): Promise<void> }> {
  if (env['DATABASE_URL'] === undefined) {
    const dataDir = openDataDir(options.dataDir);
    const running = findPostmaster(locationOf(dataDir, placeOf(dataDir)));
    if (running?.ready) return { url: `postgres://novacron:${passwordOf(dataDir)}@127.0.0.1:${running.port}/postgres`, done: async () => {} };
  }
  const opened = await openDatabase(env, options);
  return { url: opened.url, done: async () => ('stop' in opened ? opened.stop() : undefined) };
}
