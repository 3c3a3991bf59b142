import { backoff, delay, type Json } from '@novacron/kernel';
import { ApiError, Unreachable } from './errors.ts';
import { readEvents, type ServerSentEvent } from './server-sent-events.ts';
import type { Query, Transport } from './transport.ts';

export interface ApiEvent {
  /** Give it as `from` to go on behind this event. */
  readonly id: string | undefined;
  /** Of the message, e.g. `TaskSucceeded`; or `open`, `reset`. */
  readonly type: string;
  readonly data: Readonly<Record<string, Json>>;
}

export interface LogOptions {
  readonly attempt?: number;
  readonly signal?: AbortSignal;
}

interface Follow {
  readonly path: string;
  readonly query: Query;
  readonly from?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Servers send something at least every 15 s; a connection that is silent for this long is dead. */
const SILENCE_MS = 40_000;

export async function* followEvents(transport: Transport, { from, query, ...rest }: Follow): AsyncGenerator<ApiEvent> {
  let last = from;
  const ask = () => ({ ...rest, query: { ...query, from: last } });
  for await (const { id, event, data } of reconnecting(transport, ask)) {
    last = id ?? last;
    yield { id, type: event, data: JSON.parse(data) as ApiEvent['data'] };
  }
}

/** The server tells an attempt's log from its start on every connection: what was handed over before is left out. */
export async function* followLog(transport: Transport, task: string, { attempt, signal }: LogOptions): AsyncGenerator<string> {
  const current = attempt ?? (await transport.json<{ attempt: number | null }>({ method: 'GET', path: task, signal })).attempt ?? 1;
  let told = 0;
  let passed = 0;
  const ask = () => {
    passed = 0;
    return { path: `${task}/logs`, query: { attempt: current, follow: 'true' }, signal };
  };
  for await (const { event, data } of reconnecting(transport, ask)) {
    if (event === 'end') return;
    if (event !== 'log') continue;
    const text = JSON.parse(data) as string;
    const fresh = text.slice(Math.max(0, told - passed));
    passed += text.length;
    told = Math.max(told, passed);
    if (fresh) yield fresh;
  }
}

export async function* readLog(transport: Transport, task: string, { attempt, signal }: LogOptions): AsyncGenerator<string> {
  const response = await transport.stream({ method: 'GET', path: `${task}/logs`, query: { attempt }, signal }, 'text/plain');
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) yield decoder.decode(bytes, { stream: true });
}

/** JSON lines as they come; empty lines only show that the connection lives. */
export async function* readLines<T>(transport: Transport, path: string, query: Query, signal?: AbortSignal): AsyncGenerator<T> {
  const response = await transport.stream({ method: 'GET', path, query, signal }, 'application/x-ndjson');
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of response.body ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (line) yield JSON.parse(line) as T;
  }
}

/** Events over as many connections as it takes; ends when the signal aborts, throws what the server refuses. */
async function* reconnecting(transport: Transport, ask: () => Omit<Follow, 'from'>): AsyncGenerator<ServerSentEvent> {
  const { timers, random } = transport.ports;
  for (let failures = 0; ; failures++) {
    const { path, query, signal } = ask();
    if (failures > 0) await delay(timers, backoff(failures, random, 200, 5_000), signal);
    if (signal?.aborted) return;
    try {
      for await (const event of connect(transport, path, query, signal)) {
        failures = 0;
        yield event;
      }
    } catch (error) {
      if (!isLoss(error)) throw error;
    }
  }
}

async function* connect(transport: Transport, path: string, query: Query, signal?: AbortSignal): AsyncGenerator<ServerSentEvent> {
  const lost = new AbortController();
  const { timers } = transport.ports;
  const watch = () => timers.after(SILENCE_MS, () => lost.abort(new Unreachable(transport.url, new Error('silence'))));
  let cancel = watch();
  const end = () => lost.abort(signal?.reason);
  signal?.addEventListener('abort', end, { once: true });
  try {
    const response = await transport.stream({ method: 'GET', path, query, signal: lost.signal }, 'text/event-stream');
    if (!response.body) return;
    yield* readEvents(response.body, () => {
      cancel();
      cancel = watch();
    });
  } finally {
    cancel();
    signal?.removeEventListener('abort', end);
    // Whoever stopped listening early leaves no connection open.
    lost.abort();
  }
}

/** What another connection may cure. */
const isLoss = (error: unknown): boolean => !(error instanceof ApiError) || error.status === 429 || error.status >= 500;
