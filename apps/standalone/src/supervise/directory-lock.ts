import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart, explainWrite, identify, isRunning, type ProcessIdentity } from '@novacron/log/embedded';

export interface DirectoryLock {
  /** Whether the last holder ended without giving it back. */
  readonly wasAbandoned: boolean;
  release(): void;
}

/** Somebody else runs on this data directory. */
export class AlreadyRunning extends CannotStart {}

const lockFile = (dataDir: string): string => join(dataDir, 'supervisor.json');

/** The supervisor that runs on this data directory, or null. */
export function holderOf(dataDir: string): ProcessIdentity | null {
  const text = readText(lockFile(dataDir));
  const holder = text === null ? null : parse(text);
  return holder !== null && isRunning(holder) ? holder : null;
}

/** One supervisor for one data directory, told apart by pid and start time; throws AlreadyRunning. */
export function lockDirectory(dataDir: string): DirectoryLock {
  const file = lockFile(dataDir);
  const own = `${file}.${process.pid}`;
  const content = JSON.stringify(identify(process.pid));
  let wasAbandoned = false;
  try {
    rmSync(own, { force: true });
    writeFileSync(own, content, { mode: 0o600 });
    while (!linked(own, file)) {
      refuseHolder(dataDir);
      wasAbandoned = true;
      removeStale(file);
    }
  } catch (error) {
    throw explainWrite(dataDir, error);
  } finally {
    rmSync(own, { force: true });
  }
  return { wasAbandoned, release: () => readText(file) === content && rmSync(file, { force: true }) };
}

function linked(own: string, file: string): boolean {
  try {
    linkSync(own, file); // a lock appears with its content or not at all
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function refuseHolder(dataDir: string): void {
  const holder = holderOf(dataDir);
  if (holder === null) return;
  const url = parseUrl(readText(join(dataDir, 'server.json')));
  throw new AlreadyRunning(`NovaCron already runs on ${dataDir}: process ${holder.pid}${url === null ? '' : `, at ${url}`}. Use that one, stop it with Ctrl-C there (or kill ${holder.pid}), or choose another directory and port with --data and --port.`);
}

/** Taken aside first: between look and removal another start may have put its own lock there. */
function removeStale(file: string): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // another start was faster
  }
  const holder = parse(readText(aside) ?? '');
  if (holder !== null && isRunning(holder)) linked(aside, file);
  rmSync(aside, { force: true });
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function parse(text: string): ProcessIdentity | null {
  try {
    const { pid, startedAt } = JSON.parse(text) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt } : null;
  } catch {
    return null;
  }
}

function parseUrl(text: string | null): string | null {
  try {
    return (JSON.parse(text ?? '{}') as { url?: string }).url ?? null;
  } catch {
    return null;
  }
}
