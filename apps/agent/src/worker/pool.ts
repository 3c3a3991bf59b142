import type { ToWorker } from './protocol.ts';
import { Worker, type WorkerJob, type WorkerSettings } from './worker.ts';

export interface PoolSettings extends WorkerSettings {
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
}

/** An attempt that wants a worker. */
export interface PoolJob extends WorkerJob {
  readonly workspace: string;
  /** MiB of heap; 0 means the default. */
  readonly heap: number;
  readonly gpus: readonly number[];
  /** A worker has it from now on. */
  began(): void;
  message(): ToWorker;
}

/** Workers of one kind: a workspace's, with one heap size. */
interface Lane {
  readonly workspace: string;
  readonly heap: number;
  readonly workers: Set<Worker>;
  readonly free: Worker[];
  readonly queue: { job: PoolJob; since: number }[];
  /** First of the queue that is not taken; the array is cut now and then, not shifted. */
  head: number;
  /** Mean ms that an attempt holds a worker (moving average), and when the last one ended. */
  pace: number;
  lastEnd: number;
}

export const DEFAULT_HEAP = 512;
const MAX_WORKERS = 16;
/** A queue that waits this long gets another worker; beyond one per core only while nothing ends either. */
const PATIENCE_MS = 20;
const STALLED_MS = 250;
/** Attempts shorter than this keep one worker busy less than the agent: more workers would only compete with it. */
const QUICK_MS = 1;
const IDLE_MS = 30_000;
const KEPT_IDLE = 2;

/** Warm worker processes: who comes first gets a free worker of its workspace; queues that wait get more workers, within limits. */
export class WorkerPool {
  readonly #settings: PoolSettings;
  readonly #limit: number;
  readonly #lanes = new Map<string, Lane>();
  readonly #workers = new Set<Worker>();
  readonly #running = new Map<string, Worker>();
  #spare: Worker | undefined;
  #checking = false;
  #reaping = false;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#limit = Math.max(2, Math.min(MAX_WORKERS, Math.floor(settings.memory / DEFAULT_HEAP)));
    this.#spare = this.#spawn(DEFAULT_HEAP);
  }

  run(job: PoolJob): void {
    if (job.gpus.length > 0) return this.#runAlone(job);
    const lane = this.#lane(job.workspace, job.heap || DEFAULT_HEAP);
    lane.queue.push({ job, since: this.#now() });
    this.#dispatch(lane);
    if (lane.workers.size === 0) this.#grow(lane);
    if (lane.head < lane.queue.length) this.#check();
  }

  /** Takes a waiting attempt back (true), or stops a running one (false; its end is reported as usual). */
  stop(id: string, grace: number): boolean {
    const worker = this.#running.get(id);
    if (worker) {
      worker.stop(id, grace);
      return false;
    }
    for (const lane of this.#lanes.values()) {
      const at = lane.queue.findIndex((entry, index) => index >= lane.head && entry.job.id === id);
      if (at >= 0) return lane.queue.splice(at, 1).length > 0;
    }
    return false;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.end(0)));
  }

  #dispatch(lane: Lane): void {
    while (lane.head < lane.queue.length) {
      const worker = lane.free.pop();
      if (!worker) return;
      if (!worker.free) continue;
      const { job } = lane.queue[lane.head++]!;
      this.#give(worker, job, (now, began) => {
        lane.pace = lane.pace * 0.9 + (now - began) * 0.1;
        lane.lastEnd = now;
        if (worker.free) lane.free.push(worker);
        this.#dispatch(lane);
        if (lane.head === lane.queue.length) this.#idle(lane);
      });
    }
    if (lane.head > 0) {
      lane.queue.splice(0, lane.head);
      lane.head = 0;
    }
  }

  #give(worker: Worker, job: PoolJob, freed: (now: number, began: number) => void): void {
    const began = this.#now();
    this.#running.set(job.id, worker);
    worker.run({
      id: job.id,
      said: (message) => job.said(message),
      done: (message) => {
        this.#running.delete(job.id);
        freed(this.#now(), began); // the next attempt is on its way before this one is reported
        job.done(message);
      },
      crashed: (failure) => {
        this.#running.delete(job.id);
        job.crashed(failure);
      },
    }, job.message());
    job.began();
  }

  /** Devices stay with a process that used them: such an attempt has a worker of its own, and ends with it. */
  #runAlone(job: PoolJob): void {
    const worker = this.#spawn(job.heap || DEFAULT_HEAP, job.gpus);
    const whenGone = (report: () => void) => void worker.end(0).then(report);
    this.#give(worker, { ...job, done: (message) => whenGone(() => job.done(message)) }, () => undefined);
  }

  #spawn(heap: number, gpus: readonly number[] = []): Worker {
    const worker = new Worker(this.#settings, heap, gpus, (gone) => this.#gone(gone));
    this.#workers.add(worker);
    return worker;
  }

  #gone(worker: Worker): void {
    this.#workers.delete(worker);
    if (this.#spare === worker) this.#spare = undefined;
    for (const lane of this.#lanes.values()) {
      if (!lane.workers.delete(worker)) continue;
      if (lane.head < lane.queue.length) this.#check();
    }
  }

  #grow(lane: Lane): void {
    let worker = this.#spare;
    if (worker && worker.heap === lane.heap && worker.free) this.#spare = undefined;
    else if (this.#workers.size < this.#limit || this.#retireOther(lane)) worker = this.#spawn(lane.heap);
    else return;
    worker!.workspace = lane.workspace;
    lane.workers.add(worker!);
    lane.free.push(worker!);
    this.#dispatch(lane);
  }

  /** Makes room at the limit: a worker that idles for another workspace goes. */
  #retireOther(lane: Lane): boolean {
    for (const other of this.#lanes.values()) {
      const idle = other === lane ? undefined : other.free.find((worker) => worker.free);
      if (idle) return this.#retire(other, idle);
    }
    return false;
  }

  #retire(lane: Lane, worker: Worker): true {
    lane.free.splice(lane.free.indexOf(worker), 1);
    lane.workers.delete(worker);
    this.#workers.delete(worker);
    worker.retire();
    return true;
  }

  #check(): void {
    if (this.#checking) return;
    this.#checking = true;
    this.#settings.ports.timers.after(PATIENCE_MS, () => {
      this.#checking = false;
      const now = this.#now();
      let waiting = false;
      for (const lane of this.#lanes.values()) {
        if (lane.head < lane.queue.length && this.#needsMore(lane, now)) this.#grow(lane);
        waiting ||= lane.head < lane.queue.length;
      }
      if (waiting) this.#check();
    });
  }

  #needsMore(lane: Lane, now: number): boolean {
    if (lane.workers.size === 0) return true;
    const stalled = now - lane.lastEnd;
    const waited = now - lane.queue[lane.head]!.since;
    if (waited < PATIENCE_MS || (lane.pace < QUICK_MS && stalled < PATIENCE_MS)) return false;
    return this.#workers.size < this.#settings.cpu || (stalled >= STALLED_MS && waited >= STALLED_MS);
  }

  #idle(lane: Lane): void {
    if (this.#reaping || lane.free.length === 0 || this.#workers.size <= KEPT_IDLE) return;
    this.#reaping = true;
    this.#settings.ports.timers.after(IDLE_MS, () => {
      this.#reaping = false;
      const now = this.#now();
      for (const each of this.#lanes.values()) {
        for (const worker of [...each.free]) {
          if (this.#workers.size > KEPT_IDLE && worker.free && now - worker.idleSince >= IDLE_MS) this.#retire(each, worker);
        }
        this.#idle(each);
      }
    });
  }

  #lane(workspace: string, heap: number): Lane {
    const key = `${workspace} ${heap}`;
    let lane = this.#lanes.get(key);
    if (!lane) {
      lane = { workspace, heap, workers: new Set(), free: [], queue: [], head: 0, pace: 0, lastEnd: this.#now() };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #now(): number {
    return this.#settings.ports.clock.monotonic();
  }
}
