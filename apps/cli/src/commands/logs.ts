import type { Command } from 'commander';
import { isFinished, type Client } from '@novacron/client';
import { EXIT } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import type { Io } from '../io.ts';
import { number } from '../values.ts';

interface LogsOptions {
  readonly follow?: boolean;
  readonly attempt?: number;
}

/** How often a run is asked which tasks have begun since; ms. */
const LOOK_MS = 500;
const BEGUN = new Set(['running', 'succeeded', 'failed', 'cancelled', 'retrying']);

export function addLogs(parent: Command, invocation: Invocation): void {
  parent.command('logs <run> [task]').description('what tasks wrote; without a task all of them, each line with its name').option('-f, --follow', 'go on until task or run have ended').option('--attempt <n>', 'of this attempt, not the last', number)
    .action((run: string, task: string | undefined, options: LogsOptions) => showLogs(invocation, run, task, options));
}

async function showLogs(invocation: Invocation, run: string, task: string | undefined, { follow, attempt }: LogsOptions): Promise<void> {
  const { client, ws } = await invocation.open();
  const { io } = invocation;
  const stop = new AbortController();
  const end = io.onInterrupt(() => {
    invocation.exitCode = EXIT.interrupted;
    stop.abort();
  });
  const options = { signal: stop.signal, follow: follow === true, ...(attempt !== undefined && { attempt }) };
  try {
    if (task !== undefined) for await (const text of client.logs(ws, run, task, options)) io.out(text);
    else await allLogs(io, client, ws, run, options);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    end();
  }
}

type Options = { readonly signal: AbortSignal; readonly follow: boolean; readonly attempt?: number };

/** Every task's log once it has begun: one after the other, or side by side while they are followed. */
async function allLogs(io: Io, client: Client, ws: string, run: string, options: Options): Promise<void> {
  const told = new Set<string>();
  const following: Promise<void>[] = [];
  for (;;) {
    const { status, tasks } = await client.runs.get(ws, run);
    for (const task of tasks) {
      const id = `${task.name} ${task.attempt}`;
      if (task.kind === 'none' || task.attempt === null || !BEGUN.has(task.status) || told.has(id)) continue;
      told.add(id);
      const telling = prefixed(io, task.name, client.logs(ws, run, task.name, { attempt: task.attempt, ...options }));
      if (options.follow) following.push(telling);
      else await telling;
    }
    if (!options.follow || isFinished(status) || options.signal.aborted) return void (await Promise.all(following));
    await new Promise<void>((resolve) => void io.ports.timers.after(LOOK_MS, resolve));
  }
}

/** Whole lines only: those of several tasks must not run into each other. */
async function prefixed(io: Io, name: string, pieces: AsyncIterable<string>): Promise<void> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const line of lines) io.out(`${name} | ${line}\n`);
  }
  if (rest) io.out(`${name} | ${rest}\n`);
}
