import { attemptId, type AttemptResult, type StartOrder, type StopOrder } from '@novacron/contracts';
import type { Ports } from '@novacron/kernel';
import type { GpuFence } from '../gpus.ts';
import type { Journal } from '../journal.ts';
import type { AttemptFiles, Backend, Outcome, Running } from './backend.ts';

type Mark = Pick<AttemptResult, 'run' | 'task' | 'attempt'>;

/** An executor's connection, as attempts see it. */
export interface Peer {
  readonly url: string;
  /** Welcomed and open. */
  readonly ready: boolean;
  results(results: readonly string[]): void;
  started(attempts: readonly (Mark & { startedAt: number })[]): void;
  /** Sends a beat soon, because a progress changed. */
  beatSoon(): void;
}

interface Live {
  readonly id: string;
  readonly mark: Mark;
  readonly order: StartOrder;
  readonly files: AttemptFiles;
  /** Who gave the latest order for it. */
  peer: Peer;
  running: Running | undefined;
  startedAt: number | undefined;
  announced: boolean;
  progress: number | undefined;
  /** Decided here, whatever the backend says of the end. */
  ending: Outcome | undefined;
  cancelTimeout: (() => void) | undefined;
}

export interface AttemptsSettings {
  readonly ports: Ports;
  readonly journal: Journal;
  readonly gpus: GpuFence;
  readonly backends: Readonly<Record<'function' | 'process', Backend>>;
  filesOf(order: StartOrder, url: () => string): AttemptFiles;
}

/** Attempts that outlive this are announced as started. */
const ANNOUNCE_MS = 250;
const LOOK_MS = 50;
/** So many attempts under way wait for each other anyway: fewer frames matter more than a millisecond. */
const MANY = 64;

/** What runs on this node, and what executors may learn of it. Every order is in the journal before it is acted upon. */
export class Attempts {
  /** Orders of an older claim than one already seen. */
  refused = 0;
  readonly #settings: AttemptsSettings;
  readonly #live = new Map<string, Live>();
  readonly #peers = new Set<Peer>();
  #ended: { peer: Peer; result: string }[] = [];
  #looking = false;

  constructor(settings: AttemptsSettings) {
    this.#settings = settings;
  }

  /** What a killed agent left without an end is lost, and reported at once. Its processes must be gone before. */
  recover(reason: string): void {
    const { journal, ports } = this.#settings;
    for (const id of [...journal.unended()]) this.#record(id, markOf(id), { kind: 'lost', reason }, undefined, ports.clock.now());
    journal.compact();
  }

  start(orders: readonly StartOrder[], peer: Peer): void {
    const { journal } = this.#settings;
    const fresh: StartOrder[] = [];
    for (const order of orders) {
      if (!this.#admits(order)) continue;
      const id = attemptId(order);
      const known = journal.known(id);
      if (!known) {
        journal.accepted(id);
        fresh.push(order);
      } else if (known.result !== undefined) this.#report(peer, known.result);
      else this.#move(id, peer);
    }
    journal.flush();
    for (const order of fresh) this.#begin(order, peer);
  }

  stop(orders: readonly StopOrder[], peer: Peer): void {
    const { journal, ports } = this.#settings;
    for (const order of orders) {
      if (!this.#admits(order)) continue;
      const id = attemptId(order);
      const live = this.#live.get(id);
      const result = journal.known(id)?.result;
      const cancelled: Outcome = { kind: 'cancelled', reason: order.reason };
      if (live) {
        this.#move(id, peer);
        this.#end(live, cancelled, order.grace);
      } else this.#report(peer, result ?? this.#record(id, markOf(id), cancelled, undefined, ports.clock.now()));
    }
    journal.flush();
  }

  acknowledged(marks: readonly Mark[]): void {
    for (const mark of marks) this.#settings.journal.acknowledged(attemptId(mark));
  }

  connected(peer: Peer): void {
    this.#peers.add(peer);
    const spool = [...this.#settings.journal.spool()].map(([, result]) => result);
    if (spool.length > 0) peer.results(spool);
    const running = [...this.#live.values()].filter((live) => live.announced);
    if (running.length > 0) peer.started(running.map((live) => ({ ...live.mark, startedAt: live.startedAt! })));
  }

  /** Results that no executor has acknowledged, by attempt. */
  owed(): Iterable<readonly [id: string, result: string]> {
    return this.#settings.journal.spool();
  }

  disconnected(peer: Peer): void {
    this.#peers.delete(peer);
  }

  inventory(): (Mark & { state: 'running' | 'ended' })[] {
    const ended = [...this.#settings.journal.spool()].map(([id]) => ({ ...markOf(id), state: 'ended' as const }));
    return [...[...this.#live.values()].map((live) => ({ ...live.mark, state: 'running' as const })), ...ended];
  }

  /** For beats: everything an executor must not take for lost. */
  alive(): (Mark & { progress?: number })[] {
    const ended = [...this.#settings.journal.spool()].map(([id]) => markOf(id));
    return [...[...this.#live.values()].map((live) => ({ ...live.mark, ...(live.progress !== undefined && { progress: live.progress }) })), ...ended];
  }

  ids(): string[] {
    return [...this.#live.keys()];
  }

  /** Ends everything; what ran is lost. Resolves when the results are in the journal and on their way. */
  async close(grace: number): Promise<void> {
    for (const live of this.#live.values()) this.#end(live, { kind: 'lost', reason: 'the agent was stopped' }, grace);
    const giveUp = this.#settings.ports.clock.monotonic() + grace + 1_000;
    while (this.#live.size > 0 && this.#settings.ports.clock.monotonic() < giveUp) await new Promise<void>((resolve) => this.#settings.ports.timers.after(10, resolve));
    this.#send();
  }

  #admits(order: StartOrder | StopOrder): boolean {
    if (this.#settings.journal.admits(order)) return true;
    this.refused++;
    return false;
  }

  #begin(order: StartOrder, peer: Peer): void {
    const { gpus, filesOf } = this.#settings;
    const id = attemptId(order);
    const live: Live = {
      id, order, peer, mark: { run: order.run, task: order.task, attempt: order.attempt }, files: filesOf(order, () => live.peer.url),
      running: undefined, startedAt: undefined, announced: false, progress: undefined, ending: undefined, cancelTimeout: undefined,
    };
    this.#live.set(id, live);
    if (order.gpus.length === 0) this.#run(live);
    else gpus.acquire(id, order.gpus, () => this.#run(live));
  }

  #run(live: Live): void {
    live.running = this.#settings.backends[live.order.work.kind].start(live.order, live.files, {
      began: () => this.#began(live),
      progress: (fraction) => {
        live.progress = fraction;
        live.peer.beatSoon();
      },
      ended: (outcome) => this.#over(live, outcome),
    });
  }

  #began(live: Live): void {
    const { ports } = this.#settings;
    live.startedAt = ports.clock.now();
    const { timeout, grace } = live.order.work;
    if (timeout !== undefined) {
      const failure = { class: 'transient' as const, code: 'TimedOut', message: `the attempt ran longer than its timeout of ${timeout} ms` };
      live.cancelTimeout = ports.timers.after(timeout, () => this.#end(live, { kind: 'failed', failure }, grace));
    }
    this.#look();
  }

  #end(live: Live, outcome: Outcome, grace: number): void {
    if (live.ending) return;
    live.ending = outcome;
    if (live.running) live.running.stop(grace);
    else this.#over(live, outcome); // it waited for a device
  }

  #over(live: Live, outcome: Outcome): void {
    live.cancelTimeout?.();
    const closing = live.files.close();
    if (closing) void closing.then(() => this.#finish(live, outcome));
    else this.#finish(live, outcome);
  }

  #finish(live: Live, outcome: Outcome): void {
    if (!this.#live.delete(live.id)) return;
    if (live.order.gpus.length > 0) this.#settings.gpus.release(live.id);
    const result = this.#record(live.id, live.mark, live.ending ?? outcome, live.startedAt, this.#settings.ports.clock.now());
    this.#report(live.peer, result);
  }

  #record(id: string, mark: Mark, outcome: Outcome, startedAt: number | undefined, endedAt: number): string {
    const result: AttemptResult = { ...mark, outcome, ...(startedAt !== undefined && { startedAt }), endedAt };
    const text = JSON.stringify(result);
    this.#settings.journal.ended(id, text);
    return text;
  }

  /** Everything that ended before the loop goes round is one journal write and one frame; with many under way, everything of 1 ms. */
  #report(peer: Peer, result: string): void {
    if (this.#ended.push({ peer, result }) > 1) return;
    const { timers } = this.#settings.ports;
    if (this.#live.size < MANY) timers.yield(() => this.#send());
    else timers.after(1, () => this.#send());
  }

  /** To the executor that gave the order; where that one is away, to all: whoever owns the run now takes it. */
  #send(): void {
    this.#settings.journal.flush();
    const ended = this.#ended;
    this.#ended = [];
    const frames = new Map<Peer, string[]>();
    for (const { peer, result } of ended) {
      for (const to of peer.ready ? [peer] : this.#peers) {
        const frame = frames.get(to);
        if (frame) frame.push(result);
        else frames.set(to, [result]);
      }
    }
    for (const [peer, results] of frames) peer.results(results);
  }

  #move(id: string, peer: Peer): void {
    const live = this.#live.get(id);
    if (live) live.peer = peer;
  }

  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.#settings.ports.timers.after(LOOK_MS, () => {
      this.#looking = false;
      const due = this.#settings.ports.clock.now() - ANNOUNCE_MS;
      const started = new Map<Peer, (Mark & { startedAt: number })[]>();
      let more = false;
      for (const live of this.#live.values()) {
        if (live.announced || live.startedAt === undefined) continue;
        if (live.startedAt > due) more = true;
        else {
          live.announced = true;
          started.set(live.peer, [...(started.get(live.peer) ?? []), { ...live.mark, startedAt: live.startedAt }]);
        }
      }
      for (const [peer, attempts] of started) if (peer.ready) peer.started(attempts);
      if (more) this.#look();
    });
  }
}

/** Runs and tasks have no `/` in their names. */
function markOf(id: string): Mark {
  const [run = '', task = '', attempt] = id.split('/');
  return { run, task, attempt: Number(attempt) };
}
