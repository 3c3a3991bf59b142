import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PostgresBinaries } from './binaries.ts';
import { CannotStart, explainWrite } from './cannot-start.ts';
import { makeOwnDirectory, runAs, writeOwnFile } from './place.ts';

/** How its programs run: from a directory everybody can enter, and without our environment. */
export const runOptions = { ...runAs, cwd: '/', env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' } };

/** Makes PostgreSQL's data aside and renames it into place: initdb killed half way leaves nothing that looks finished. */
export async function initialise({ programs, location, password }: { programs: PostgresBinaries; location: string; password: string }): Promise<void> {
  const parent = dirname(location);
  const prefix = `${basename(location)}.new-`;
  try {
    for (const name of readdirSync(parent)) if (name.startsWith(prefix)) rmSync(join(parent, name), { recursive: true, force: true });
  } catch (error) {
    throw explainWrite(parent, error);
  }
  const aside = join(parent, `${prefix}${process.pid}`);
  const passwordFile = `${aside}.password`;
  try {
    makeOwnDirectory(aside);
    writeOwnFile(passwordFile, password);
    await initdb(programs, aside, passwordFile);
    renameSync(aside, location);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    throw explainWrite(parent, error);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

async function initdb(programs: PostgresBinaries, dir: string, passwordFile: string): Promise<void> {
  const child = spawn(join(programs.bin, 'initdb'), ['-D', dir, '-U', 'novacron', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C', '--no-instructions'], { ...runOptions, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve)).catch((error: unknown) => {
    throw explainSpawn(error);
  });
  if (code !== 0) throw new CannotStart(explainOutput(said, dirname(dir)));
}

/** Why one of its programs could not even begin. */
export function explainSpawn(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new CannotStart('The embedded PostgreSQL needs the GNU C library, which this system (Alpine or another musl?) lacks: set DATABASE_URL to a PostgreSQL 14 or later, or use a Debian-based image.');
  if (code === 'EPERM') return new CannotStart('The embedded PostgreSQL does not run as root, and this root may not become user 65534: run NovaCron as a normal user, or set DATABASE_URL.');
  if (code === 'EACCES') return new CannotStart('The embedded PostgreSQL may not be executed (a file system mounted noexec?): set NOVACRON_PG_CACHE to a directory that allows it, or set DATABASE_URL.');
  return error;
}

/** One sentence for what initdb or postgres wrote before it gave up. */
export function explainOutput(said: string, dir: string): string {
  if (/could not look up effective user ID/.test(said)) return `PostgreSQL cannot run as user ${runAs['uid'] ?? process.getuid?.()}, which has no entry in /etc/passwd: add one, run as another user, or set DATABASE_URL.`;
  if (/No space left on device/.test(said) || (said === '' && statfsSync(dir).bavail === 0)) return `The disk of ${dir} is full: free some space.`;
  if (/Read-only file system/.test(said)) return `The file system of ${dir} is read-only: choose another data directory.`;
  if (/Permission denied/.test(said)) return `PostgreSQL may not write to ${dir}: choose another data directory or change its owner.`;
  if (/could not (create shared memory segment|map anonymous shared memory)/.test(said)) return 'There is too little shared memory for PostgreSQL: give the machine or container more memory, or set DATABASE_URL.';
  const line = said.split('\n').filter((text) => /(error|FATAL|PANIC):/.test(text)).at(-1) ?? said.trim().split('\n').at(-1);
  return `The embedded PostgreSQL did not start: ${line?.replace(/^.*?(error|FATAL|PANIC):\s*/, '') || 'it ended without a word'}. Its data is in ${dir}; DATABASE_URL names another PostgreSQL to use.`;
}

/** PostgreSQL reads no data directory of another major version. */
export function refuseOtherMajor(location: string, major: number): void {
  const found = Number.parseInt(readFileSync(join(location, 'PG_VERSION'), 'utf8'), 10);
  if (found === major) return;
  throw new CannotStart(`The data in ${location} was written by PostgreSQL ${found}, this NovaCron brings ${major}: use the NovaCron that made it, choose another data directory, or set DATABASE_URL to a PostgreSQL ${found} that serves it.`);
}
