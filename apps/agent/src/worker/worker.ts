import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Failure } from '@novacron/contracts';
import type { Ports } from '@novacron/kernel';
import { cleanEnvironment } from '../environment.ts';
import type { Journal } from '../journal.ts';
import { endTree, identify, sendSignal, type Tree } from '../process-tree.ts';
import { Claims } from './claims.ts';
import { CHANNEL, lines, type FromWorker, type RunOrder, type ToWorker } from './protocol.ts';

export interface WorkerSettings {
  readonly ports: Ports;
  readonly journal: Journal;
  /** Compiled worker-main. */
  readonly file: string;
  /** Node directory, and the empty folder in which workers run. */
  readonly dir: string;
  readonly cwd: string;
}

/** What happens to an attempt that a worker has. */
export interface WorkerJob {
  readonly id: string;
  order(): Omit<RunOrder, 't' | 'n' | 'claim'>;
  /** Its turn came. */
  began(): void;
  said(message: Extract<FromWorker, { t: 'log' | 'progress' }>): void;
  done(message: Extract<FromWorker, { t: 'ok' | 'failed' }>): void;
  /** The worker ended first; its process tree is gone. */
  crashed(failure: Failure): void;
}

/** What the pool must know; called before the job itself is told. */
export interface WorkerEvents<J extends WorkerJob> {
  /** `held`: ms that the attempt had the worker. */
  ended(worker: Worker<J>, job: J, held: number): void;
  /** Never begun, and no longer with this worker. */
  returned(worker: Worker<J>, jobs: readonly J[]): void;
  gone(worker: Worker<J>): void;
}

/** How long a stopped attempt's worker has to show that its event loop is alive; a loop without end does not. */
const ABORT_ANSWER_MS = 250;
const TAIL = 8 * 1024;

/** One worker process, seen from the agent: the first of its jobs runs, the others wait in it. */
export class Worker<J extends WorkerJob> {
  readonly heap: number;
  /** Monotonic ms since when it has nothing to do, or its first job has it. */
  since: number;
  /** What it has is known to be quick. */
  quick = false;
  readonly #settings: WorkerSettings;
  readonly #events: WorkerEvents<J>;
  readonly #child: ChildProcess;
  readonly #channel: Socket;
  readonly #claims: Claims;
  readonly #tree: Tree;
  readonly #jobs: { readonly job: J; readonly n: number }[] = [];
  #sent = 0;
  /** Taken back, and still to be refused by the worker. */
  #withdrawn = 0;
  #restricted = false;
  #tail = '';
  #ending = false;
  #exited = false;
  #cancelStop: (() => void) | undefined;
  #graceUntil = 0;

  constructor(settings: WorkerSettings, heap: number, gpus: readonly number[], events: WorkerEvents<J>) {
    this.#settings = settings;
    this.#events = events;
    this.heap = heap;
    this.since = settings.ports.clock.monotonic();
    const id = settings.ports.random.uuid();
    this.#claims = new Claims(settings.dir, id);
    this.#child = spawn(process.execPath, [`--max-old-space-size=${heap}`, '--no-warnings', settings.file], {
      cwd: settings.cwd,
      detached: true, // a session of its own: the whole tree can be found, and the terminal's Ctrl-C is the agent's business
      env: cleanEnvironment(settings.dir, gpus, { NOVACRON_WORKER: id }),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', this.#claims.file],
    });
    const identity = this.#child.pid === undefined ? undefined : identify(this.#child.pid);
    if (identity) settings.journal.processStarted(identity);
    this.#tree = { roots: identity ? [identity] : [], mark: `NOVACRON_WORKER=${id}` };
    this.#channel = this.#child.stdio[CHANNEL] as Socket;
    this.#listen();
  }

  /** Jobs that it has; the first one runs. */
  get load(): number {
    return this.#jobs.length;
  }

  get usable(): boolean {
    return !this.#ending && !this.#exited && !this.#restricted;
  }

  /** One frame for all; they run in order, one at a time. */
  run(jobs: readonly J[]): void {
    const head = this.#jobs.length === 0;
    let text = '';
    for (const job of jobs) {
      const n = ++this.#sent;
      text += `${JSON.stringify({ t: 'run', n, claim: this.#jobs.length > 0, ...job.order() } satisfies ToWorker)}\n`;
      this.#jobs.push({ job, n });
    }
    this.#channel.write(text);
    if (head) this.#begin();
  }

  /** Takes back what waits behind the first job. What may just be beginning stays, and is returned later if it did not begin. */
  takeBack(): void {
    const first = this.#jobs[0];
    if (this.#jobs.length < 2 || this.#exited) return;
    this.#restricted = true;
    const begun = Math.max(first!.n, this.#claims.restrict(first!.n));
    const taken = this.#jobs.splice(begun - first!.n + 1);
    this.#withdrawn += taken.length;
    this.#events.returned(this, taken.map(({ job }) => job));
  }

  runs(id: string): boolean {
    return this.#jobs[0]?.job.id === id;
  }

  has(id: string): boolean {
    return this.#jobs.some(({ job }) => job.id === id);
  }

  /** Aborts the signal of the running attempt, gives a living event loop the grace, a blocked one none; then TERM, then KILL. */
  stop(id: string, grace: number): void {
    if (this.#ending) return;
    this.#channel.write(`${JSON.stringify({ t: 'abort', id } satisfies ToWorker)}\n`);
    const { timers, clock } = this.#settings.ports;
    this.#graceUntil = clock.monotonic() + grace;
    this.#cancelStop = timers.after(Math.min(grace, ABORT_ANSWER_MS), () => void this.end(this.#graceUntil - clock.monotonic()));
  }

  /** Ends the process and everything that it started; resolves to how many are left. */
  end(grace: number): Promise<number> {
    this.#ending = true;
    return endTree(this.#settings.ports, this.#tree, Math.max(0, grace));
  }

  /** Ends an idle worker without ceremony. */
  retire(): void {
    this.#ending = true;
    if (this.#child.pid !== undefined) sendSignal(-this.#child.pid, 'SIGKILL');
  }

  #begin(): void {
    this.since = this.#settings.ports.clock.monotonic();
    this.#jobs[0]?.job.began();
  }

  #listen(): void {
    this.#channel.setEncoding('utf8');
    this.#channel.on('data', lines((line) => this.#hear(JSON.parse(line) as FromWorker)) as (chunk: unknown) => void);
    this.#channel.on('error', () => undefined);
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        if (stream === this.#child.stderr) this.#tail = (this.#tail + text).slice(-TAIL);
        this.#jobs[0]?.job.said({ t: 'log', text });
      });
    }
    this.#child.on('error', () => this.#exit(null, null));
    // A child that user code left behind may hold the pipes: what came until a little after the exit counts.
    this.#child.on('exit', (code, signal) => this.#settings.ports.timers.after(100, () => this.#exit(code, signal)));
    this.#child.on('close', (code, signal) => this.#exit(code, signal));
  }

  #hear(message: FromWorker): void {
    if (message.t === 'refused') return this.#refused(message.n);
    const job = this.#jobs[0]?.job;
    if (!job) return;
    if (message.t === 'log' || message.t === 'progress') return job.said(message);
    if (message.t === 'aborting') return this.#extendGrace();
    this.#cancelStop?.();
    this.#cancelStop = undefined;
    if (this.#ending) return; // already being killed: the end of the process reports it
    if (message.t === 'failed' && message.last) this.#ending = true;
    this.#jobs.shift();
    const held = this.#settings.ports.clock.monotonic() - this.since;
    this.#begin();
    this.#unrestrict();
    this.#events.ended(this, job, held); // the next attempt is on its way before this one is reported
    job.done(message);
  }

  #refused(n: number): void {
    const at = this.#jobs.findIndex((each) => each.n === n);
    const returned = at < 0 ? [] : this.#jobs.splice(at, 1);
    if (at < 0) this.#withdrawn--;
    this.#unrestrict();
    this.#events.returned(this, returned.map(({ job }) => job));
  }

  /** With nothing of the past in the worker, new jobs may be begun again. */
  #unrestrict(): void {
    if (!this.#restricted || this.#jobs.length > 0 || this.#withdrawn > 0) return;
    this.#claims.release();
    this.#restricted = false;
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
    this.#claims.close();
    const failure = this.#crash(code, signal);
    void endTree(this.#settings.ports, this.#tree, 0).then(() => {
      if (this.#child.pid !== undefined) this.#settings.journal.processGone(this.#child.pid);
      const [running, ...waiting] = this.#jobs.splice(0);
      this.#events.returned(this, waiting.map(({ job }) => job));
      this.#events.gone(this);
      running?.job.crashed(failure);
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
}
