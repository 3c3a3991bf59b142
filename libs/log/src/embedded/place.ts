import { randomBytes, createHash } from 'node:crypto';
import { chmodSync, chownSync, constants, existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CannotStart, explainWrite } from './cannot-start.ts';

/** `<dataDir>/postgres.json`: where the embedded PostgreSQL of a data directory lies and which process serves it. */
export interface PostgresRecord {
  /** PostgreSQL's own data directory, relative to the data directory unless it lies outside. */
  readonly location: string;
  readonly port?: number;
  readonly pid?: number;
  readonly startedAt?: string;
  /** Hash of programs and settings that process was started with. */
  readonly startedWith?: string;
}

/** PostgreSQL refuses to run as root; it then runs as "nobody". */
export const runAs: { uid: number; gid: number } | Record<string, never> = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

const recordFile = (dataDir: string): string => join(dataDir, 'postgres.json');

export function readRecord(dataDir: string): PostgresRecord | null {
  try {
    return JSON.parse(readFileSync(recordFile(dataDir), 'utf8')) as PostgresRecord;
  } catch (error) {
    if (error instanceof SyntaxError) throw new CannotStart(`${recordFile(dataDir)} is damaged: restore it, or choose another data directory.`);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw explainWrite(dataDir, error);
  }
}

export function writeRecord(dataDir: string, record: PostgresRecord): void {
  replaceFile(recordFile(dataDir), `${JSON.stringify(record, null, 2)}\n`);
}

/** Written aside and renamed, mode 0600: a reader sees the old or the new content, never a part. */
function replaceFile(path: string, content: string): void {
  try {
    const aside = `${path}.${process.pid}`;
    rmSync(aside, { force: true });
    writeFileSync(aside, content, { mode: 0o600, flush: true, flag: 'wx' });
    renameSync(aside, path);
  } catch (error) {
    throw explainWrite(dirname(path), error);
  }
}

/** The password of `<dataDir>/postgres.password`, made at the first call. */
export function passwordOf(dataDir: string): string {
  const path = join(dataDir, 'postgres.password');
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const password = randomBytes(24).toString('base64url');
  replaceFile(path, `${password}\n`);
  return password;
}

/** Makes the data directory and answers its real path; as root others can pass through it, not list it, because PostgreSQL's user must. */
export function openDataDir(dataDir: string): string {
  try {
    makeDirectory(dataDir, 'uid' in runAs ? 0o711 : 0o700);
    return realpathSync(dataDir);
  } catch (error) {
    throw explainWrite(dataDir, error);
  }
}

/** Step by step: Node's own recursive form never returns where a file system invents ENOENT, as /proc does. */
function makeDirectory(path: string, mode: number): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  if (dirname(path) !== path) makeDirectory(dirname(path), 0o755);
  mkdirSync(path, { mode });
}

/** Where PostgreSQL's own data of this data directory lies: recorded at the first call, because its user may be unable to reach the directory itself. */
export function placeOf(dataDir: string): PostgresRecord {
  const recorded = readRecord(dataDir);
  if (recorded !== null) return recorded;
  const record = { location: isReachable(dataDir) ? 'postgres' : join(privatePlace(dataDir), 'postgres') };
  writeRecord(dataDir, record);
  return record;
}

/** The absolute place; refuses one that was served before and is gone, because a fresh database there would hide the loss. */
export function locationOf(dataDir: string, record: PostgresRecord): string {
  const location = resolve(dataDir, record.location);
  if (record.startedWith === undefined || existsSync(location)) return location;
  throw new CannotStart(`PostgreSQL's data in ${location} is gone: restore it, or remove ${dataDir} to begin anew.`);
}

function isReachable(dir: string): boolean {
  if (!('uid' in runAs)) return true;
  for (let at = dir; ; at = dirname(at)) {
    const { uid, gid, mode } = statSync(at);
    const bit = uid === runAs['uid'] ? 0o100 : gid === runAs['gid'] ? 0o010 : 0o001;
    if (!(mode & bit)) return false;
    if (at === dirname(at)) return true;
  }
}

/** A fresh directory each time: one left by a removed data directory has another password. */
function privatePlace(dataDir: string): string {
  const name = `${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}-${randomBytes(3).toString('hex')}`;
  for (const place of [join('/var/lib/novacron', name), `/var/tmp/novacron-${name}`]) {
    try {
      mkdirSync(dirname(place), { recursive: true, mode: 0o755 });
      mkdirSync(place, { mode: 0o711 });
      if (isReachable(place)) return realpathSync(place);
      rmSync(place, { recursive: true });
    } catch {
      continue;
    }
  }
  throw new CannotStart(`PostgreSQL's user (uid 65534) can reach neither ${dataDir} nor /var/lib/novacron nor /var/tmp: choose a data directory below directories that others may pass through (chmod o+x), or set DATABASE_URL.`);
}

/** An empty directory that PostgreSQL's user owns. */
export function makeOwnDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
    if ('uid' in runAs) chownSync(path, runAs['uid'] as number, runAs['gid'] as number);
  } catch (error) {
    throw explainWrite(dirname(path), error);
  }
}

/** Refuses a PostgreSQL directory whose owner could have been somebody else. */
export function refuseForeignData(location: string): void {
  const { uid, mode } = lstatSync(location);
  const owner = 'uid' in runAs ? runAs['uid'] : process.getuid?.();
  if ((mode & constants.S_IFMT) === constants.S_IFDIR && uid === owner) return;
  throw new CannotStart(`PostgreSQL's data in ${location} belongs to user ${uid}, not to ${owner}: run NovaCron as the user that made it, or choose another data directory.`);
}

/** A file only PostgreSQL's user can read. */
export function writeOwnFile(path: string, content: string): void {
  writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
  if ('uid' in runAs) chownSync(path, runAs['uid'] as number, runAs['gid'] as number);
  chmodSync(path, 0o600);
}
