import { backoff, delay, type Ports } from '@novacron/kernel';
import { OutcomePending, PastIsOver, problemOf, Unreachable } from './errors.ts';

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly bytes?: Uint8Array;
  /** Of a mutation; made where not given. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TransportOptions {
  readonly url: string;
  readonly key: string;
  readonly fetch: typeof fetch;
  readonly ports: Ports;
  /** For how long a request is repeated while nobody answers or the answer is "not now"; ms. */
  readonly patience: number;
  readonly at?: string;
}

/** One request may take this long; the server itself answers within `WAIT_S`. */
const REQUEST_MS = 60_000;
/** How long the server may wait for a command's outcome before it answers 202. */
const WAIT_S = 10;
const NOT_NOW = new Set([429, 502, 503, 504]);

/** Requests with everything that makes them safe to repeat: keys, backoff, and positions so that reads see the client's own writes. */
export class Transport {
  private readonly options: TransportOptions;
  /** Of the last write, by the first segment of its path: a workspace's commands have one order, those of two workspaces have none. */
  private readonly positions = new Map<string, string>();

  constructor(options: TransportOptions) {
    this.options = { ...options, url: options.url.replace(/\/+$/, '') };
  }

  get ports(): Ports {
    return this.options.ports;
  }

  get url(): string {
    return this.options.url;
  }

  /** The answer's JSON; throws `ApiError`, `Unreachable` or `OutcomePending`. */
  async json<T>(ask: Ask): Promise<T> {
    const keyed = ask.method === 'GET' ? ask : { ...ask, idempotencyKey: ask.idempotencyKey ?? this.options.ports.random.uuid() };
    const { status, text, position } = await this.patiently(() => this.exchange(keyed), keyed);
    if (status >= 400) throw problemOf(status, text);
    if (ask.method !== 'GET' && position) this.positions.set(scopeOf(ask.path), position);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** An answer whose body is read as it comes; throws where it is no 200. Not repeated: who reads a stream knows where to go on. */
  async stream(ask: Ask, accept: string): Promise<Response> {
    const response = await this.send(ask, accept, ask.signal).catch((error: unknown) => {
      throw ask.signal?.aborted ? error : new Unreachable(this.url, error);
    });
    if (!response.ok) throw problemOf(response.status, await response.text());
    return response;
  }

  private async patiently(attempt: () => Promise<Exchange>, ask: Ask): Promise<Exchange> {
    const { clock, timers, random } = this.options.ports;
    const until = clock.monotonic() + this.options.patience;
    for (let n = 1; ; n++) {
      const answer: Exchange | Unreachable = await attempt().catch((error: unknown) => {
        if (ask.signal?.aborted || error instanceof PastIsOver) throw error;
        return new Unreachable(this.url, error);
      });
      const again = answer instanceof Unreachable || NOT_NOW.has(answer.status) || answer.status === 202;
      if (!again) return answer;
      const pause = Math.max(backoff(n, random, 200, 2_000), answer instanceof Unreachable ? 0 : answer.retryAfter);
      if (clock.monotonic() + pause >= until) return lastWord(answer, ask);
      await delay(timers, pause, ask.signal);
    }
  }

  private async exchange(ask: Ask): Promise<Exchange> {
    const over = new AbortController();
    const cancel = this.options.ports.timers.after(REQUEST_MS, () => over.abort(new Error(`no answer within ${REQUEST_MS / 1_000} s`)));
    try {
      const response = await this.send(ask, 'application/json', ask.signal ? AbortSignal.any([ask.signal, over.signal]) : over.signal);
      const { headers, status } = response;
      const retryAfter = (Number(headers.get('retry-after')) || 0) * 1_000;
      return { status, text: await response.text(), position: headers.get('novacron-position') ?? undefined, retryAfter };
    } finally {
      cancel();
    }
  }

  private send({ method, path, query, body, bytes, idempotencyKey }: Ask, accept: string, signal?: AbortSignal): Promise<Response> {
    const { url, key, fetch, at } = this.options;
    if (at !== undefined && method !== 'GET') throw new PastIsOver(at);
    const headers: Record<string, string> = { authorization: `Bearer ${key}`, accept };
    if (idempotencyKey !== undefined) Object.assign(headers, { 'idempotency-key': idempotencyKey, prefer: `wait=${WAIT_S}` });
    if (bytes || body !== undefined) headers['content-type'] = bytes ? 'application/gzip' : 'application/json';
    const content = bytes ?? (body === undefined ? undefined : JSON.stringify(body));
    const position = method === 'GET' && at === undefined ? this.positions.get(scopeOf(path)) : undefined;
    const init = { method, headers, ...(content !== undefined && { body: content as NonNullable<RequestInit['body']> }), ...(signal && { signal }) };
    return fetch(`${url}/api/v1${path}${queryOf({ ...query, position, at })}`, init);
  }
}

interface Exchange {
  readonly status: number;
  readonly text: string;
  readonly position: string | undefined;
  readonly retryAfter: number;
}

function lastWord(answer: Exchange | Unreachable, ask: Ask): Exchange {
  if (answer instanceof Unreachable) throw answer;
  if (answer.status === 202) throw new OutcomePending(ask.idempotencyKey ?? '');
  return answer;
}

const scopeOf = (path: string): string => path.split('/')[1] ?? '';

function queryOf(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
