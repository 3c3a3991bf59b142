import { Pace } from './pace.ts';
import { Worker, type WorkerEvents, type WorkerJob, type WorkerSettings } from './worker.ts';

export interface PoolSettings extends WorkerSettings {
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
}

/** An attempt that wants a worker. */
export interface PoolJob extends WorkerJob {
  readonly workspace: string;
  /** Bundle and export. */
  readonly name: string;
  /** MiB of heap; 0 means the default. */
  readonly heap: number;
  readonly gpus: readonly number[];
  /** Taken out of the queue before it began, because it was stopped. */
  withdrawn(): void;
}

type PoolWorker = Worker<PoolJob>;

/** Workers of one kind: a workspace's, with one heap size. */
interface Lane {
  readonly heap: number;
  readonly workers: Set<PoolWorker>;
  readonly queue: { readonly job: PoolJob; readonly since: number }[];
  /** First of the queue that is not taken; the array is cut when all are. */
  head: number;
  /** Dispatched once more in this turn of the loop. */
  filling: boolean;
  /** When the last attempt ended, monotonic ms. */
  lastEnd: number;
}

export const DEFAULT_HEAP = 512;
const MAX_WORKERS = 16;
/** A queue that waits this long gets another worker; beyond one per core only while nothing ends either. */
const PATIENCE_MS = 20;
const STALLED_MS = 100;
const IDLE_MS = 30_000;
const KEPT_IDLE = 2;
/** Quick attempts that wait inside a worker, so that a batch costs few wake-ups; filled up when half are done. */
const DEPTH = 32;

/** Warm worker processes: who comes first gets a free worker of its workspace; queues that wait get more workers, within limits. */
export class WorkerPool {
  readonly #settings: PoolSettings;
  readonly #limit: number;
  readonly #pace = new Pace();
  readonly #lanes = new Map<string, Lane>();
  readonly #laneOf = new Map<PoolWorker, Lane>();
  readonly #workers = new Set<PoolWorker>();
  readonly #having = new Map<string, PoolWorker>();
  readonly #events: WorkerEvents<PoolJob>;
  #spare: PoolWorker | undefined;
  #checking = false;
  #reaping = false;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#limit = Math.max(2, Math.min(MAX_WORKERS, Math.floor(settings.memory / DEFAULT_HEAP)));
    this.#events = {
      ended: (worker, job, held) => this.#ended(worker, job, held),
      returned: (worker, jobs) => this.#returned(worker, jobs),
      gone: (worker) => this.#gone(worker),
    };
    this.#spare = this.#spawn(DEFAULT_HEAP);
  }

  run(job: PoolJob): void {
    if (job.gpus.length > 0) return this.#runAlone(job);
    const lane = this.#lane(job.workspace, job.heap || DEFAULT_HEAP);
    lane.queue.push({ job, since: this.#now() });
    if (lane.workers.size === 0) this.#grow(lane);
    this.#dispatchFree(lane);
    if (lane.head === lane.queue.length || lane.filling) return;
    lane.filling = true;
    queueMicrotask(() => { // when all orders of the frame are here
      lane.filling = false;
      this.#dispatch(lane);
      if (lane.head < lane.queue.length) this.#check();
    });
  }

  /** Ends an attempt: in the queue it is withdrawn; running it is stopped, and its end reported as usual. */
  stop(id: string, grace: number): void {
    const worker = this.#having.get(id);
    if (!worker) return this.#withdraw(id);
    if (worker.runs(id)) return worker.stop(id, grace);
    worker.takeBack();
    if (!worker.has(id)) return this.#withdraw(id);
    // It is just beginning, or about to be refused: soon it is clear which.
    this.#settings.ports.timers.after(1, () => this.stop(id, grace));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.end(0)));
  }

  #withdraw(id: string): void {
    for (const lane of this.#lanes.values()) {
      const at = lane.queue.findIndex((entry, index) => index >= lane.head && entry.job.id === id);
      if (at < 0) continue;
      const [{ job }] = lane.queue.splice(at, 1) as [Lane['queue'][number]];
      return job.withdrawn();
    }
  }

  #dispatchFree(lane: Lane): void {
    for (const worker of lane.workers) if (lane.head < lane.queue.length && worker.usable && worker.load === 0) this.#give(worker, [lane.queue[lane.head++]!.job]);
    this.#cut(lane);
  }

  #dispatch(lane: Lane): void {
    this.#dispatchFree(lane);
    for (const worker of lane.workers) if (lane.head < lane.queue.length && worker.usable && worker.load <= DEPTH / 2) this.#giveBehind(lane, worker);
    this.#cut(lane);
  }

  #cut(lane: Lane): void {
    if (lane.head < lane.queue.length || lane.head === 0) return;
    lane.queue.length = 0;
    lane.head = 0;
  }

  /** Only quick attempts wait behind quick ones; what blocks nevertheless is seen by the check, which takes the others back. */
  #giveBehind(lane: Lane, worker: PoolWorker): void {
    if (!worker.quick) return;
    const batch: PoolJob[] = [];
    while (worker.load + batch.length < DEPTH && lane.head < lane.queue.length && this.#pace.quick(lane.queue[lane.head]!.job.name)) batch.push(lane.queue[lane.head++]!.job);
    if (batch.length === 0) return;
    this.#give(worker, batch);
    this.#check();
  }

  #give(worker: PoolWorker, jobs: readonly PoolJob[]): void {
    for (const job of jobs) this.#having.set(job.id, worker);
    worker.quick = jobs.every((job) => this.#pace.quick(job.name));
    worker.run(jobs);
  }

  #ended(worker: PoolWorker, job: PoolJob, held: number): void {
    this.#having.delete(job.id);
    this.#pace.record(job.name, held);
    const lane = this.#laneOf.get(worker);
    if (!lane) return;
    lane.lastEnd = this.#now();
    if (lane.head < lane.queue.length) this.#dispatch(lane);
    else if (worker.load === 0) this.#reapLater();
  }

  #returned(worker: PoolWorker, jobs: readonly PoolJob[]): void {
    const lane = this.#laneOf.get(worker);
    if (!lane) return;
    for (const job of jobs) this.#having.delete(job.id);
    const since = this.#now() - PATIENCE_MS; // they waited already
    lane.queue.splice(lane.head, 0, ...jobs.map((job) => ({ job, since })));
    this.#dispatch(lane);
    if (lane.head < lane.queue.length) this.#check();
  }

  #gone(worker: PoolWorker): void {
    this.#forget(worker);
    for (const [id, its] of this.#having) if (its === worker) this.#having.delete(id);
    if (this.#spare === worker) this.#spare = undefined;
  }

  /** Devices stay with a process that used them: such an attempt has a worker of its own, and ends with it. */
  #runAlone(job: PoolJob): void {
    const worker = this.#spawn(job.heap || DEFAULT_HEAP, job.gpus);
    this.#give(worker, [{ ...job, done: (message) => void endForGood(worker).then(() => job.done(message)) }]);
  }

  #spawn(heap: number, gpus: readonly number[] = []): PoolWorker {
    const worker: PoolWorker = new Worker(this.#settings, heap, gpus, this.#events);
    this.#workers.add(worker);
    return worker;
  }

  #grow(lane: Lane): void {
    let worker = this.#spare;
    if (worker?.usable && worker.heap === lane.heap) this.#spare = undefined;
    else if (this.#workers.size < this.#limit || this.#makeRoom(lane)) worker = this.#spawn(lane.heap);
    else return;
    lane.workers.add(worker!);
    this.#laneOf.set(worker!, lane);
    this.#dispatch(lane);
  }

  /** At the limit a worker that idles for another workspace, or as the spare of another size, goes. */
  #makeRoom(lane: Lane): boolean {
    for (const worker of this.#workers) {
      if (worker.load > 0 || !worker.usable || lane.workers.has(worker)) continue;
      this.#retire(worker);
      return true;
    }
    return false;
  }

  #retire(worker: PoolWorker): void {
    if (this.#spare === worker) this.#spare = undefined;
    this.#forget(worker);
    worker.retire();
  }

  #forget(worker: PoolWorker): void {
    this.#workers.delete(worker);
    this.#laneOf.get(worker)?.workers.delete(worker);
    this.#laneOf.delete(worker);
  }

  #check(): void {
    if (this.#checking) return;
    this.#checking = true;
    this.#settings.ports.timers.after(PATIENCE_MS, () => {
      this.#checking = false;
      const now = this.#now();
      let again = false;
      for (const lane of this.#lanes.values()) {
        for (const worker of lane.workers) if (worker.load > 1 && now - worker.since >= PATIENCE_MS) worker.takeBack();
        if (lane.head < lane.queue.length && this.#needsMore(lane, now)) this.#grow(lane);
        again ||= lane.head < lane.queue.length || [...lane.workers].some((worker) => worker.load > 1);
      }
      if (again) this.#check();
    });
  }

  /** Where quick attempts go on ending, the agent is the bottleneck: more workers would only compete with it. */
  #needsMore(lane: Lane, now: number): boolean {
    if (lane.workers.size === 0) return true;
    const { job, since } = lane.queue[lane.head]!;
    const stalled = now - lane.lastEnd;
    if (now - since < PATIENCE_MS || (this.#pace.quick(job.name) && stalled < PATIENCE_MS)) return false;
    return this.#workers.size < this.#settings.cpu || (stalled >= STALLED_MS && now - since >= STALLED_MS);
  }

  #reapLater(): void {
    if (this.#reaping || this.#workers.size <= KEPT_IDLE) return;
    this.#reaping = true;
    this.#settings.ports.timers.after(IDLE_MS, () => {
      this.#reaping = false;
      const now = this.#now();
      for (const worker of this.#workers) {
        if (this.#workers.size > KEPT_IDLE && worker.load === 0 && worker.usable && now - worker.since >= IDLE_MS) this.#retire(worker);
      }
      this.#reapLater();
    });
  }

  #lane(workspace: string, heap: number): Lane {
    const key = `${workspace} ${heap}`;
    let lane = this.#lanes.get(key);
    if (!lane) this.#lanes.set(key, (lane = { heap, workers: new Set(), queue: [], head: 0, filling: false, lastEnd: this.#now() }));
    return lane;
  }

  #now(): number {
    return this.#settings.ports.clock.monotonic();
  }
}

/** However long it takes: the devices are not free before. */
async function endForGood(worker: PoolWorker): Promise<void> {
  while ((await worker.end(0)) > 0);
}
