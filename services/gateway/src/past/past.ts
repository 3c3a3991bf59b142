import type { Json, Ports } from '@novacron/kernel';
import type { At } from '@novacron/log';
import type { Problem } from '../domain/command/messages.ts';
import { HttpProblem, unavailable } from '../http/problem.ts';
import type { Rows } from '../http/rows.ts';
import type { Call } from './past-reader.ts';

/** The first message. */
export interface OpenReader {
  readonly databaseUrl: string;
  /** Settings of the log, as the environment names them. */
  readonly log: Readonly<Record<string, string | undefined>>;
  readonly mostRows: number;
}
export interface Question {
  readonly n: number;
  readonly at: At;
  readonly call: Call;
}
export type FromReader = { readonly n: number } & ({ readonly text: string } | { readonly problem: Problem } | { readonly error: string });

/** The process that reads, as far as it is needed here. */
export interface ReaderProcess {
  send(question: Question): void;
  /** Ends it; `ended` is still called. */
  end(): void;
}
/** Starts one; it is opened already. */
export type StartReader = (heard: (message: FromReader) => void, ended: () => void) => ReaderProcess;

/** Reads that may wait at once: each is a request that holds a connection. */
const MOST_WAITING = 64;
/** A client gives up after a minute; the moment goes on being put together, and is there when it asks again. */
const PATIENCE_MS = 45_000;
/** After so long without a question its memory is given back. */
const IDLE_MS = 5 * 60_000;

interface Waiting {
  readonly resolve: (value: Json) => void;
  readonly reject: (error: Error) => void;
  readonly cancel: () => void;
}

/** Reads of the past, done by a process beside the gateway that lives as long as somebody asks. */
export class Past {
  private readonly waiting = new Map<number, Waiting>();
  private count = 0;
  private reader: ReaderProcess | undefined;
  private cancelIdle = () => {};
  private readonly start: StartReader;
  private readonly ports: Ports;

  constructor(start: StartReader, ports: Ports) {
    this.start = start;
    this.ports = ports;
  }

  /** The read side as it was. */
  rowsAt(at: At): Rows {
    return {
      one: async (table, where) => ((await this.ask(at, { read: 'one', table, where: where as never })) ?? undefined) as never,
      all: (table, where, order) => this.ask(at, { read: 'all', table, where: where as never, order }) as Promise<never>,
      page: (table, page) => this.ask(at, { read: 'page', table, page: page as never }) as Promise<never>,
      counts: (table, column, where) => this.ask(at, { read: 'counts', table, column, where }) as Promise<never>,
    };
  }

  /** Reply to a `CommandLookup` as the gateway's state of then gives it; null where it knew none. */
  commandAt(at: At, workspace: string, command: string): Promise<Json> {
    return this.ask(at, { read: 'command', workspace, command });
  }

  close(): void {
    this.cancelIdle();
    this.reader?.end();
  }

  private ask(at: At, call: Call): Promise<Json> {
    if (this.waiting.size >= MOST_WAITING) return Promise.reject(unavailable('Too many read the past at once; try again in a moment.'));
    const n = this.count++;
    return new Promise<Json>((resolve, reject) => {
      const cancel = this.ports.timers.after(PATIENCE_MS, () => this.take(n)?.reject(unavailable('That moment is still being put together from the log; ask again in a moment, it goes on meanwhile.', { 'retry-after': '5' })));
      this.waiting.set(n, { resolve, reject, cancel });
      this.running().send({ n, at, call });
    });
  }

  private running(): ReaderProcess {
    this.cancelIdle();
    this.cancelIdle = this.ports.timers.after(IDLE_MS, () => this.reader?.end());
    return (this.reader ??= this.start((message) => this.hear(message), () => this.ended()));
  }

  private hear(message: FromReader): void {
    const waiting = this.take(message.n);
    if ('text' in message) waiting?.resolve(JSON.parse(message.text) as Json);
    else if ('problem' in message) waiting?.reject(new HttpProblem(message.problem.status, message.problem.code, message.problem.detail));
    else waiting?.reject(new Error(`reading the past failed: ${message.error}`));
  }

  /** Ended by us, or for want of memory. */
  private ended(): void {
    this.reader = undefined;
    const problem = new HttpProblem(503, 'PastTooLarge', 'The process that reads the past ended, most likely for want of memory: ask for an earlier moment, or lower NOVACRON_PAST_ROWS so that it says how much is too much.', {}, { 'retry-after': '5' });
    for (const n of [...this.waiting.keys()]) this.take(n)?.reject(problem);
  }

  private take(n: number): Waiting | undefined {
    const waiting = this.waiting.get(n);
    this.waiting.delete(n);
    waiting?.cancel();
    return waiting;
  }
}
