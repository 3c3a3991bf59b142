import { ApiError, isFinished, Unreachable, type Client, type RunDetail } from '@novacron/client';
import { delay } from '@novacron/kernel';
import { Display } from './display.ts';
import { CliError, EXIT, exitCodeOfRun, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';

/** The run is read at most, and its durations are redrawn at least, so often; ms. */
const READ_MS = 50;
const TICK_MS = 1_000;
/** A server that was killed has this long to come back before the watcher gives up; ms. */
const AWAY_MS = 60_000;

/** Follows a run until it has ended; Ctrl-C and the timeout (ms) leave the run alone. The exit code is that of its outcome. */
export async function watchRun(invocation: Invocation, ws: string, id: string, timeout?: number): Promise<ExitCode> {
  const { io, output } = invocation;
  const stop = new AbortController();
  let late = false;
  const ends = [io.onInterrupt(() => stop.abort())];
  if (timeout !== undefined) ends.push(io.ports.timers.after(timeout, () => stop.abort((late = true))));
  try {
    const display = output.isPlain ? undefined : new Display(io);
    const run = await lastState(invocation, await invocation.client(), ws, id, stop.signal, (seen) => display?.show(seen));
    if (!run) return leave(invocation, `Run ${id} goes on. Come back with: npx novacron run watch ${id} -w ${ws}`, late);
    if (display) display.end(run);
    else await output.one(run, () => '');
    return exitCodeOfRun(run.status);
  } finally {
    ends.forEach((end) => end());
    stop.abort();
  }
}

function leave({ io }: Invocation, sentence: string, late: boolean): ExitCode {
  if (late) throw new CliError('TimedOut', sentence, EXIT.timedOut);
  io.err(`\n${sentence}\n`);
  return EXIT.interrupted;
}

/** Reads the run whenever something happened to it, until it has ended; undefined when the signal came first. */
async function lastState({ io: { ports } }: Invocation, client: Client, ws: string, id: string, signal: AbortSignal, show: (run: RunDetail) => void): Promise<RunDetail | undefined> {
  let changed = false;
  let wake = () => {};
  const tell = () => {
    changed = true;
    wake();
  };
  signal.addEventListener('abort', tell, { once: true });
  void (async () => {
    for await (const _ of client.events(ws, { run: id, signal })) tell();
  })().catch(() => {}); // what the stream refuses, the reads refuse as well; without it they go at the pace of the tick
  let seenAt = ports.clock.monotonic();
  while (!signal.aborted) {
    changed = false;
    const run = await client.runs.get(ws, id).catch((error: unknown) => {
      if (!isAway(error) || ports.clock.monotonic() - seenAt > AWAY_MS) throw error;
    });
    if (run && isFinished(run.status)) return run;
    if (run) seenAt = ports.clock.monotonic();
    if (run) show(run);
    await delay(ports.timers, READ_MS, signal);
    if (changed) continue;
    await new Promise<void>((resolve) => {
      const cancel = ports.timers.after(TICK_MS, resolve);
      wake = () => (cancel(), resolve());
    });
  }
  return undefined;
}

const isAway = (error: unknown): boolean => error instanceof Unreachable || (error instanceof ApiError && [502, 503, 504].includes(error.status));
