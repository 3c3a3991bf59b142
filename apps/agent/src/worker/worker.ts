import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Failure } from '@novacron/contracts';
import type { Ports } from '@novacron/kernel';
import { cleanEnvironment } from '../environment.ts';
import type { Journal } from '../journal.ts';
import { endTree, identify, sendSignal, type Tree } from '../process-tree.ts';
import { CHANNEL, lines, type FromWorker, type ToWorker } from './protocol.ts';

export interface WorkerSettings {
  readonly ports: Ports;
  readonly journal: Journal;
  /** Compiled worker-main. */
  readonly file: string;
  /** Node directory, and the empty folder in which workers run. */
  readonly dir: string;
  readonly cwd: string;
}

/** What happens to the attempt in a worker. */
export interface WorkerJob {
  readonly id: string;
  said(message: Extract<FromWorker, { t: 'log' | 'progress' }>): void;
  done(message: Extract<FromWorker, { t: 'ok' | 'failed' }>): void;
  /** The worker ended first; its process tree is gone. */
  crashed(failure: Failure): void;
}

/** How long a stopped attempt's worker has to show that its event loop is alive; a loop without end does not. */
const ABORT_ANSWER_MS = 250;
const TAIL = 8 * 1024;

/** One worker process, seen from the agent. */
export class Worker {
  readonly heap: number;
  /** Set at first use, for good. */
  workspace: string | undefined;
  /** Monotonic ms since when it has nothing to do. */
  idleSince: number;
  readonly #settings: WorkerSettings;
  readonly #child: ChildProcess;
  readonly #channel: Socket;
  readonly #tree: Tree;
  readonly #gone: (worker: Worker) => void;
  #job: WorkerJob | undefined;
  #tail = '';
  #ending = false;
  #exited = false;
  #cancelStop: (() => void) | undefined;
  #graceUntil = 0;

  constructor(settings: WorkerSettings, heap: number, gpus: readonly number[], gone: (worker: Worker) => void) {
    this.#settings = settings;
    this.heap = heap;
    this.#gone = gone;
    this.idleSince = settings.ports.clock.monotonic();
    const id = settings.ports.random.uuid();
    this.#child = spawn(process.execPath, [`--max-old-space-size=${heap}`, '--no-warnings', settings.file], {
      cwd: settings.cwd,
      detached: true, // a session of its own: the whole tree can be found, and the terminal's Ctrl-C is the agent's business
      env: cleanEnvironment(settings.dir, gpus, { NOVACRON_WORKER: id }),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const identity = this.#child.pid === undefined ? undefined : identify(this.#child.pid);
    if (identity) settings.journal.processStarted(identity);
    this.#tree = { roots: identity ? [identity] : [], mark: `NOVACRON_WORKER=${id}` };
    this.#channel = this.#child.stdio[CHANNEL] as Socket;
    this.#listen();
  }

  get free(): boolean {
    return this.#job === undefined && !this.#ending && !this.#exited;
  }

  run(job: WorkerJob, message: ToWorker): void {
    this.#job = job;
    this.#channel.write(`${JSON.stringify(message)}\n`);
  }

  /** Aborts the attempt's signal, gives a living event loop the grace, a blocked one none; then TERM, then KILL. */
  stop(id: string, grace: number): void {
    if (this.#job?.id !== id || this.#ending) return;
    this.#channel.write(`${JSON.stringify({ t: 'abort', id } satisfies ToWorker)}\n`);
    const { timers, clock } = this.#settings.ports;
    const killAt = clock.monotonic() + grace;
    this.#cancelStop = timers.after(Math.min(grace, ABORT_ANSWER_MS), () => void this.end(killAt - clock.monotonic()));
    this.#graceUntil = killAt;
  }

  /** Ends the process and everything that it started. */
  async end(grace: number): Promise<void> {
    this.#ending = true;
    await endTree(this.#settings.ports, this.#tree, Math.max(0, grace));
  }

  #listen(): void {
    this.#channel.setEncoding('utf8');
    this.#channel.on('data', lines((line) => this.#hear(JSON.parse(line) as FromWorker)) as (chunk: unknown) => void);
    this.#channel.on('error', () => undefined);
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        if (stream === this.#child.stderr) this.#tail = (this.#tail + text).slice(-TAIL);
        this.#job?.said({ t: 'log', text });
      });
    }
    this.#child.on('error', () => this.#exit(null, null));
    // A child that user code left behind may hold the pipes: what came until a little after the exit counts.
    this.#child.on('exit', (code, signal) => this.#settings.ports.timers.after(100, () => this.#exit(code, signal)));
    this.#child.on('close', (code, signal) => this.#exit(code, signal));
  }

  #hear(message: FromWorker): void {
    const job = this.#job;
    if (!job) return;
    if (message.t === 'log' || message.t === 'progress') return job.said(message);
    if (message.t === 'aborting') return this.#extendGrace();
    this.#cancelStop?.();
    this.#cancelStop = undefined;
    if (this.#ending) return; // already being killed: the end of the process reports it
    if (message.t === 'failed' && message.last) this.#ending = true;
    this.#job = undefined;
    this.idleSince = this.#settings.ports.clock.monotonic();
    job.done(message);
  }

  #extendGrace(): void {
    const { timers, clock } = this.#settings.ports;
    this.#cancelStop?.();
    this.#cancelStop = timers.after(Math.max(0, this.#graceUntil - clock.monotonic()), () => void this.end(0));
  }

  #exit(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#exited) return;
    this.#exited = true;
    this.#cancelStop?.();
    const failure = this.#crash(code, signal);
    void endTree(this.#settings.ports, this.#tree, 0).then(() => {
      if (this.#child.pid !== undefined) this.#settings.journal.processGone(this.#child.pid);
      const job = this.#job;
      this.#job = undefined;
      this.#gone(this);
      job?.crashed(failure);
    });
  }

  /** Why a worker ended by itself: V8 aborts at its heap limit and says so; the kernel's out-of-memory killer sends KILL. */
  #crash(code: number | null, signal: NodeJS.Signals | null): Failure {
    const heap = /heap out of memory|heap limit/i.test(this.#tail);
    if (heap || (signal === 'SIGKILL' && !this.#ending)) {
      return { class: 'resource', code: 'OutOfMemory', message: heap ? `the function needed more than its ${this.heap} MiB of heap` : 'the worker was killed (SIGKILL), as the kernel does when memory is short' };
    }
    const how = signal ? `by ${signal}` : `with code ${code}`;
    return { class: 'permanent', code: 'WorkerCrashed', message: `the worker process ended ${how} while the function ran${this.#tail ? `: ${this.#tail.trim().slice(-500)}` : ''}` };
  }

  /** Ends an idle worker without ceremony. */
  retire(): void {
    this.#ending = true;
    if (this.#child.pid !== undefined) sendSignal(-this.#child.pid, 'SIGKILL');
  }
}
