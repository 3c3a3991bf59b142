import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart, checkDatabase, openDataDir, signal } from '@novacron/log/embedded';
import type { Program } from './child.ts';
import { AlreadyRunning, lockDirectory } from './directory-lock.ts';
import { readOptions, usage, type StartOptions } from './options.ts';
import { isFree, portOwner } from './port-owner.ts';
import { ProcessRecords } from './process-records.ts';
import { receiverPort } from './receiver-place.ts';
import { Stack, type Programs } from './stack.ts';
import { Supervisor } from './supervisor.ts';

export interface Launch {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The clone's root: `.novacron` lies there by default. */
  readonly clone: string;
  readonly programs: Programs;
  readonly isTerminal: boolean;
}

/** A port that somebody else listens on. */
class PortTaken extends CannotStart {}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`novacron: ${line}\n`);

/** Everything `npm start` does; resolves to the exit code when all processes are gone. */
export async function run(launch: Launch): Promise<number> {
  try {
    const options = readOptions(launch.argv, launch.env, launch.clone, launch.isTerminal);
    if (options.help) return say(usage), 0;
    const dataDir = openDataDir(options.dataDir);
    const lock = lockDirectory(dataDir);
    try {
      return await supervise(launch, { ...options, dataDir }, lock.wasAbandoned);
    } finally {
      lock.release();
    }
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return error instanceof AlreadyRunning || error instanceof PortTaken ? 2 : 1;
  }
}

async function supervise({ env, programs }: Launch, options: StartOptions, wasAbandoned: boolean): Promise<number> {
  const { dataDir, port } = options;
  const records = new ProcessRecords(dataDir);
  const supervisor = new Supervisor(records, complain);
  const stack = new Stack({ dataDir, port, receiver: options.runsExample ? await receiverPort(dataDir) : null, programs, env, log: complain, onMoved: () => void supervisor.restart('services') });
  let example: Program | null = null;
  const stopped = stopSignal(() => [...supervisor.running, ...(example === null ? [] : [example])]);
  try {
    await records.endLeftovers(complain);
    await refuseTakenPort(port, wasAbandoned);
    const starting = startAll(supervisor, stack, env, dataDir);
    const interrupted = await Promise.race([starting, stopped, supervisor.failed]);
    if (interrupted !== undefined) return interrupted;
    if (options.runsExample) {
      example = startExample(stack, records, programs);
      const code = await Promise.race([example.exited, stopped.then((n) => -n), supervisor.failed]);
      if (typeof code === 'number' && code < 0) return -code;
      records.delete('example');
      if (code !== 0) complain(`the example ended without success (${code}); logs are in ${dataDir}`);
      if (options.endsAfterExample) return code === 0 ? 0 : 1;
    } else if (options.endsAfterExample) return 0;
    say(`NovaCron is up at ${stack.apiUrl}; Ctrl-C stops it.`);
    await Promise.race([stopped, supervisor.failed]);
    return 0;
  } finally {
    await example?.stop();
    await supervisor.stop();
    await records.endLeftovers(() => {});
  }
}

async function startAll(supervisor: Supervisor, stack: Stack, env: NodeJS.ProcessEnv, dataDir: string): Promise<undefined> {
  say(`NovaCron, data in ${dataDir}`);
  const url = env['DATABASE_URL'];
  await timed('database', url === undefined ? 'embedded PostgreSQL' : 'DATABASE_URL', () => (url === undefined ? supervisor.run(stack.postgres) : checkDatabase(url)));
  await timed('services', () => stack.apiUrl, () => supervisor.run(stack.services));
  await timed('agent', env['NOVACRON_NODE'] ?? 'local', () => supervisor.run(stack.agent));
}

async function timed(what: string, where: string | (() => string), start: () => Promise<void>): Promise<void> {
  const began = performance.now();
  await start();
  say(`  ${what.padEnd(9)} ${typeof where === 'string' ? where : where()} (${Math.round(performance.now() - began)} ms)`);
}

function startExample(stack: Stack, records: ProcessRecords, { example }: Programs): Program {
  if (!existsSync(example)) throw new CannotStart(`The example ${example} is missing: restore it, or start with --no-example.`);
  const program = stack.startExample();
  records.set('example', program);
  return program;
}

/** A port that our own killed predecessor still holds becomes free within moments. */
async function refuseTakenPort(port: number, wasAbandoned: boolean): Promise<void> {
  for (let attempt = 0; attempt <= (wasAbandoned ? 60 : 0); attempt++) {
    if (attempt > 0) await delay(50);
    if (await isFree(port)) return;
  }
  const owner = portOwner(port);
  throw new PortTaken(`Port ${port} is taken by ${owner ?? 'another program'}: stop that, or choose another port with "npm start -- --port ${port === 65535 ? port - 1 : port + 1}".`);
}

/** Resolves to the exit code for an interrupted start; a second signal kills what still runs. npm passes one Ctrl-C on twice, at once. */
function stopSignal(running: () => Parameters<typeof signal>[0][]): Promise<number> {
  return new Promise((resolve) => {
    let first: number | undefined;
    for (const [name, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
      process.on(name, () => {
        first ??= performance.now();
        resolve(code);
        if (performance.now() - first < 700) return;
        for (const child of running()) signal(child, 'SIGKILL');
        process.exit(code);
      });
    }
  });
}
