import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart, type ProcessIdentity } from '@novacron/log/embedded';
import type { ProcessRecords } from './process-records.ts';

/** A child process that runs. */
export interface Running extends ProcessIdentity {
  /** Settles when it is gone: exit code, or the signal that ended it, or null when unknown. */
  readonly exited: Promise<number | string | null>;
  /** Ends it with everything it started, within a bounded time. */
  stop(): Promise<void>;
}

export interface ChildKind {
  readonly name: string;
  /** Whether a later start needs a record to find it when we were killed. */
  readonly isRecorded: boolean;
  /** Resolves when the child is ready; `spawned` is called as soon as there is a process, ready or not. */
  start(spawned: (running: Running) => void): Promise<Running>;
}

interface Child {
  readonly kind: ChildKind;
  current: Running | null;
  /** Settles when it is no longer kept running. */
  kept: Promise<void>;
}

/** A start that was cut short from outside, by a signal or an absent database: the next one may succeed. */
export class Interrupted extends CannotStart {}

const shortLifeMs = 5000;
const mostShortLives = 8;

/** Keeps children running in the order they were started, restarts them with backoff, and stops them in reverse. */
export class Supervisor {
  readonly #records: ProcessRecords;
  readonly #log: (line: string) => void;
  readonly #children: Child[] = [];
  readonly #stopping = new AbortController();
  readonly #giveUp: (reason: CannotStart) => void;
  /** Rejects when a child cannot be kept running. */
  readonly failed: Promise<never>;

  constructor(records: ProcessRecords, log: (line: string) => void) {
    [this.#records, this.#log] = [records, log];
    let giveUp: (reason: CannotStart) => void = () => {};
    this.failed = new Promise<never>((_, reject) => (giveUp = reject));
    this.failed.catch(() => {});
    this.#giveUp = giveUp;
  }

  /** Starts a child and keeps it running from then on; rejects when its first start fails by its own fault. */
  async run(kind: ChildKind): Promise<void> {
    const child: Child = { kind, current: null, kept: Promise.resolve() };
    this.#children.push(child);
    const first = this.#startFirst(child);
    child.kept = first.then((running) => this.#keep(child, running), () => {});
    await first;
  }

  /** Ends a child so that it is started anew. */
  async restart(name: string): Promise<void> {
    await this.#children.find(({ kind }) => kind.name === name)?.current?.stop();
  }

  /** Stops everything in reverse order of start, and restarts nothing from now on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const child of [...this.#children].reverse()) {
      await child.current?.stop();
      await child.kept;
    }
  }

  /** The processes as they are now. */
  get running(): Running[] {
    return this.#children.flatMap(({ current }) => current ?? []);
  }

  async #startFirst(child: Child): Promise<Running> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#start(child);
      } catch (error) {
        if (!(error instanceof Interrupted) || tries === mostShortLives || this.#stopping.signal.aborted) throw error;
        this.#log(`${child.kind.name} ended at start (${error.message}), starting it again`);
        await delay(50 * 2 ** tries, undefined, this.#stopping).catch(() => {});
      }
    }
  }

  async #start(child: Child): Promise<Running> {
    if (this.#stopping.signal.aborted) throw new CannotStart('stopped');
    const running = await child.kind.start((spawned) => {
      child.current = spawned;
      if (child.kind.isRecorded) this.#records.set(child.kind.name, spawned);
      void spawned.exited.finally(() => {
        if (child.current !== spawned) return;
        child.current = null;
        if (!this.#stopping.signal.aborted) this.#records.delete(child.kind.name);
      }).catch(() => {});
    });
    if (!this.#stopping.signal.aborted) return running;
    await running.stop(); // asked for while it was starting
    throw new CannotStart('stopped');
  }

  async #keep(child: Child, first: Running): Promise<void> {
    let shortLives = 0;
    for (let running: Running | null = first; ; ) {
      const began = performance.now();
      let reason = '';
      if (running !== null) reason = endOf(await running.exited);
      else running = await this.#start(child).catch((error: Error) => ((reason = error.message), null));
      if (this.#stopping.signal.aborted) return;
      if (reason === '') {
        this.#log(`${child.kind.name} runs again`);
        continue;
      }
      running = null;
      shortLives = performance.now() - began < shortLifeMs ? shortLives + 1 : 0;
      this.#log(`${child.kind.name} ended (${reason}), starting it again`);
      if (shortLives >= mostShortLives) return this.#giveUp(new CannotStart(`${child.kind.name} ended ${shortLives} times in a row, last so: ${reason}`));
      if (shortLives > 1) await delay(Math.min(3000, 50 * 2 ** shortLives), undefined, this.#stopping).catch(() => {});
    }
  }
}

function endOf(code: number | string | null): string {
  return code === null ? 'it is gone' : typeof code === 'number' ? `exit code ${code}` : code;
}
