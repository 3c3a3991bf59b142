import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresBinaries } from './binaries.ts';
import { CannotStart, explainWrite } from './cannot-start.ts';
import { explainOutput, explainSpawn, runOptions } from './initialise.ts';
import { killBackends, readPostmasterFile, type Postmaster } from './leftover.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';

export interface ServingPostmaster extends ProcessIdentity {
  readonly port: number;
  readonly exited: Promise<number | null>;
}

interface SpawnOptions {
  readonly programs: PostgresBinaries;
  readonly dataDir: string;
  readonly location: string;
  readonly settings: Readonly<Record<string, string>>;
  /** The port of last time, so that its clients find it again. */
  readonly preferredPort: number | undefined;
}

const logLimit = 16 * 1024 * 1024;
const attempts = 40;

/** Starts postgres and waits until it answers; a port taken in the meantime or backends of a killed predecessor are overcome. */
export async function spawnPostmaster(options: SpawnOptions): Promise<ServingPostmaster> {
  let said = '';
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = attempt === 0 && options.preferredPort !== undefined ? options.preferredPort : await freePort(options.preferredPort);
    const outcome = await spawnOnce(options, port);
    if (typeof outcome !== 'string') return outcome;
    said = outcome;
    if (/pre-existing shared memory block|still in use/.test(said)) killBackends(options.location);
    else if (!/could not bind|could not create any TCP/.test(said)) break;
    await delay(50);
  }
  throw new CannotStart(explainOutput(said, options.location));
}

async function spawnOnce({ programs, dataDir, location, settings }: SpawnOptions, port: number): Promise<ServingPostmaster | string> {
  const file = join(dataDir, 'postgres.log');
  const { output, from } = openLog(file);
  // Detached: Ctrl-C goes to the whole foreground group, and PostgreSQL is to stop last.
  const child = spawn(join(programs.bin, 'postgres'), ['-D', location, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])], { ...runOptions, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  const exited = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('exit', resolve));
  let over = false;
  exited.then(() => (over = true), () => (over = true));
  const pid = child.pid;
  while (!over && pid !== undefined) {
    const startedAt = identify(pid)?.startedAt;
    const found = readPostmasterFile(location, pid);
    if (found?.ready && startedAt !== undefined) return { pid, startedAt, port, exited };
    await delay(5);
  }
  await exited.catch((error: unknown) => Promise.reject(explainSpawn(error)));
  return readFileSync(file).subarray(from).toString('utf8');
}

function openLog(file: string): { output: number; from: number } {
  try {
    const output = openSync(file, 'a', 0o600);
    if (statSync(file).size > logLimit) truncateSync(file);
    return { output, from: statSync(file).size };
  } catch (error) {
    throw explainWrite(file, error);
  }
}

async function freePort(preferred: number | undefined): Promise<number> {
  const probe = (port: number): Promise<number | null> => new Promise((resolve) => {
    const server = createServer().on('error', () => resolve(null)).listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => resolve(bound));
    });
  });
  return (preferred !== undefined ? await probe(preferred) : null) ?? (await probe(0)) ?? 0;
}

/** Follows a postmaster that is no child of this process. */
export function watchPostmaster(postmaster: Postmaster): ServingPostmaster {
  const exited = (async () => {
    while (isRunning(postmaster)) await delay(250, undefined, { ref: false });
    return null;
  })();
  return { ...postmaster, exited };
}

