import type { FastifyReply, FastifyRequest } from 'fastify';
import { messages } from '@novacron/contracts';
import type { Message, Ports } from '@novacron/kernel';
import type { Followed } from '@novacron/service';
import type { ServerResponse } from 'node:http';
import { SYSTEM } from '../domain/access/state.ts';
import { unavailable } from './problem.ts';

/** Events that a client may have missed and still gets; past that it reads anew. */
const KEPT = 8_192;
/** Bytes that wait in this process for a slow client; past that it reads anew. */
const CLIENT_BUFFER = 1024 * 1024;
const MAX_CLIENTS = 1_000;
const HEARTBEAT_MS = 15_000;
/** Long, or nobody's to see. */
const LEFT_OUT = new Set(['definition', 'source', 'work', 'sealed', 'hash', 'triggers', 'actor']);

export interface Wanted {
  readonly workspace: string;
  readonly run?: string | undefined;
  readonly types?: ReadonlySet<string> | undefined;
  /** Id of the last event that the client saw. */
  readonly from?: string | undefined;
  /** False once the client's key is no longer accepted. */
  readonly mayStay: () => boolean;
}

interface Kept {
  readonly n: number;
  readonly event: Message;
  readonly commit: Followed;
}

interface Client {
  readonly wanted: Wanted;
  readonly response: ServerResponse;
  /** Told to read anew once its buffer is empty. */
  missed: boolean;
}

/** Fans what the projection has taken out to clients, each seeing its workspace only. */
export class LiveStream {
  private readonly clients = new Set<Client>();
  private readonly kept: Kept[] = [];
  private readonly ofRun = new Map<string, Set<() => void>>();
  private readonly boot: string;
  private count = 0;
  private readonly ports: Ports;

  constructor(ports: Ports) {
    this.ports = ports;
    this.boot = ports.random.uuid().slice(0, 8);
  }

  /** Takes a batch that is in the rows now. */
  push(batch: readonly Followed[]): void {
    for (const commit of batch) {
      for (const event of commit.events) {
        const kept = { n: this.count++, event, commit };
        this.kept[kept.n % KEPT] = kept;
        for (const client of this.clients) this.offer(client, kept);
        if (this.ofRun.size && typeof event.run === 'string') this.ofRun.get(event.run)?.forEach((wake) => wake());
      }
    }
  }

  /** Resolves at the next event of the run, or after `ms`. */
  next(run: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.ofRun.get(run) ?? new Set();
      this.ofRun.set(run, waiting.add(done));
      const cancel = this.ports.timers.after(ms, done);
      const forget = () => {
        waiting.delete(done);
        if (waiting.size === 0) this.ofRun.delete(run);
      };
      function done() {
        cancel();
        forget();
        resolve();
      }
    });
  }

  open(request: FastifyRequest, reply: FastifyReply, wanted: Wanted): void {
    if (this.clients.size >= MAX_CLIENTS) throw unavailable('Too many clients follow events; try again later.');
    const client = { wanted, response: openEventStream(reply), missed: false };
    if (wanted.from !== undefined) this.catchUp(client, wanted.from);
    this.write(client, 'open', this.token(this.count), '{}');
    this.clients.add(client);
    client.response.on('drain', () => client.missed && this.reset(client));
    const stopBeat = heartbeat(this.ports, client.response, wanted.mayStay);
    request.raw.on('close', () => {
      stopBeat();
      this.clients.delete(client);
    });
  }

  close(): void {
    for (const client of this.clients) client.response.end();
  }

  private catchUp(client: Client, from: string): void {
    const [boot, text] = from.split('-');
    const n = Number(text);
    if (boot !== this.boot || !(n >= 0 && n <= this.count) || this.count - n > KEPT) return this.reset(client);
    for (let i = n; i < this.count && !client.missed; i++) this.offer(client, this.kept[i % KEPT]!);
  }

  private offer(client: Client, { n, event, commit }: Kept): void {
    const { workspace, run, types } = client.wanted;
    if (client.missed || !concerns(event, workspace) || (run !== undefined && event.run !== run) || (types && !types.has(event.type))) return;
    const { topic, partition, seq, time } = commit;
    const shown = Object.fromEntries(Object.entries(event).filter(([field]) => !LEFT_OUT.has(field)));
    this.write(client, event.type, this.token(n + 1), JSON.stringify({ ...shown, time, position: `${topic}.${partition}.${seq}` }));
  }

  private write(client: Client, type: string, id: string, text: string): void {
    client.response.write(`id: ${id}\nevent: ${type}\ndata: ${text}\n\n`);
    if (client.response.writableLength > CLIENT_BUFFER) client.missed = true;
  }

  private reset(client: Client): void {
    client.missed = false;
    this.write(client, 'reset', this.token(this.count), '{"detail":"events were missed: read again what you show"}');
  }

  private token(n: number): string {
    return `${this.boot}-${n}`;
  }
}

/** Whether a workspace may see the event: it is of the workspace, or of a model of it; what is of no workspace is the installation's. */
function concerns(event: Message, workspace: string): boolean {
  if (!messages.has(event.type)) return false;
  if (event.workspace === workspace) return true;
  if (typeof event.model === 'string' && event.type.startsWith('ModelVersion')) return event.model.startsWith(`${workspace}/`);
  return event.workspace === undefined && event.run === undefined && event.model === undefined && workspace === SYSTEM;
}

/** Takes the reply over for server-sent events (WHATWG HTML, section 9.2). */
export function openEventStream(reply: FastifyReply): ServerResponse {
  reply.hijack();
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
  reply.raw.writeHead(200, headers);
  return reply.raw;
}

/** Keeps the connection open, and ends it when the client may no longer stay; returns what stops it. */
export function heartbeat(ports: Ports, response: ServerResponse, mayStay: () => boolean): () => void {
  let cancel = () => {};
  const beat = () => {
    cancel = ports.timers.after(HEARTBEAT_MS, () => {
      if (!mayStay()) return void response.end();
      response.write(': beat\n\n');
      beat();
    });
  };
  beat();
  return () => cancel();
}
