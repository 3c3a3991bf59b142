import { readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isRunning, signal, worksIn, type ProcessIdentity } from './process-identity.ts';
import { locationOf, readRecord } from './place.ts';

/** What postmaster.pid of a running PostgreSQL says. */
export interface Postmaster extends ProcessIdentity {
  readonly port: number;
  readonly ready: boolean;
}

/** The postmaster that serves this directory, or null; a postmaster.pid without one behind it is removed, because PostgreSQL itself stumbles when its pid was given away. */
export function findPostmaster(location: string): Postmaster | null {
  const file = join(location, 'postmaster.pid');
  const lines = readLines(file);
  if (lines === null) return null;
  const pid = Number(lines[0]);
  const found = pid > 0 ? identify(pid) : null;
  if (found !== null && worksIn(pid, location)) return { ...found, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
  rmSync(file, { force: true });
  return null;
}

/** The port and readiness that a postmaster just started has written, or null as long as it has not. */
export function readPostmasterFile(location: string, pid: number): { port: number; ready: boolean } | null {
  const lines = readLines(join(location, 'postmaster.pid'));
  return lines !== null && Number(lines[0]) === pid ? { port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' } : null;
}

function readLines(file: string): string[] | null {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return null;
  }
}

/** Ends a postmaster: fast shutdown, then immediate (recovers at the next start), then SIGKILL; at most 3 s. */
export async function stopPostmaster(postmaster: ProcessIdentity): Promise<void> {
  for (const [name, patience] of [['SIGINT', 1500], ['SIGQUIT', 500], ['SIGKILL', 1000]] as const) {
    if (!signal(postmaster, name)) return;
    if (await isGone(postmaster, patience)) return;
  }
}

async function isGone(process_: ProcessIdentity, patienceMs: number): Promise<boolean> {
  for (let waited = 0; waited < patienceMs; waited += 10) {
    if (!isRunning(process_)) return true;
    await delay(10);
  }
  return !isRunning(process_);
}

/** Ends the backends that a killed postmaster left behind: a new one does not start beside them. Linux only; elsewhere they end by themselves. */
export function killBackends(location: string): void {
  if (process.platform !== 'linux') return;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!(pid > 0) || !worksIn(pid, location)) continue;
    const backend = identify(pid);
    if (backend !== null) signal(backend, 'SIGKILL');
  }
}

/** Stops the embedded PostgreSQL recorded in this data directory, if it runs: for the last process that knows its starter is gone. */
export async function stopPostgresOf(dataDir: string): Promise<void> {
  const record = readRecord(dataDir);
  if (record?.pid === undefined || record.startedAt === undefined) return;
  const { pid, startedAt } = record;
  if (worksIn(pid, locationOf(realpathSync(dataDir), record))) await stopPostmaster({ pid, startedAt });
}
