import { backoff, delay } from '@novacron/kernel';
import { ApiError, Unreachable } from './errors.ts';
import { readEvents, type ServerSentEvent } from './server-sent-events.ts';
import type { Query, Transport } from './transport.ts';

export interface Follow {
  readonly path: string;
  readonly query?: Query;
  /** Go on after this event. */
  readonly from?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Servers comment every 15 s; a connection that is silent for longer than that, twice over, is dead. */
const SILENCE_MS = 40_000;

/**
 * Events of a stream over as many connections as it takes: after a loss it goes on behind the last event that was handed over. Ends when
 * the signal aborts or `isLast` says so; throws what the server refuses.
 */
export async function* follow(transport: Transport, { path, query, from, signal }: Follow, isLast: (event: ServerSentEvent) => boolean): AsyncGenerator<ServerSentEvent> {
  let last = from;
  for (let failures = 0; !signal?.aborted; failures++) {
    if (failures > 0) await delay(transport.ports.timers, backoff(failures, transport.ports.random, 200, 5_000), signal);
    try {
      for await (const event of connect(transport, path, { ...query, from: last }, signal)) {
        failures = 0;
        last = event.id ?? last;
        yield event;
        if (isLast(event)) return;
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
