import type { ReadableStream } from 'node:stream/web';
import { backoff, delay, type Ports } from '@novacron/kernel';

/** Where an attempt's files and log go, and as whom. */
export interface Source {
  /** Address of the executor that gave the latest order for the attempt. */
  url(): string;
  readonly credential: string;
}

/** A failed transfer in the terms of a failed attempt. */
export class TransferFailed extends Error {
  readonly class: 'transient' | 'permanent';
  readonly code: string;
  constructor(kind: 'transient' | 'permanent', code: string, message: string) {
    super(message);
    this.stack = '';
    this.class = kind;
    this.code = code;
  }
}

/** An executor may restart meanwhile; what it still does not answer then is a failed attempt. */
const PATIENCE_MS = 5 * 60_000;

export type Body = Buffer | ReadableStream;

export interface Transfer {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** Below the executor's `/attempts`. */
  readonly path: string;
  readonly body?: () => Body;
  readonly type?: string;
  readonly patience?: number;
}

/** One request with the attempt's credential; network errors, 429 and 5xx are tried again with backoff. */
export async function transfer<T>(ports: Ports, source: Source, request: Transfer, read: (response: Response) => Promise<T>): Promise<T> {
  const giveUp = ports.clock.monotonic() + (request.patience ?? PATIENCE_MS);
  for (let n = 1; ; n++) {
    let problem: string;
    try {
      const response = await fetch(`${source.url()}/attempts/${request.path}`, {
        method: request.method,
        headers: { authorization: `Bearer ${source.credential}`, ...(request.type !== undefined && { 'content-type': request.type }) },
        ...(request.body && { body: request.body(), duplex: 'half' }),
      } as RequestInit);
      if (response.ok) return await read(response);
      problem = `${response.status} ${(await response.text()).slice(0, 300)}`;
      if (response.status < 500 && response.status !== 429) throw new TransferFailed('permanent', response.status === 404 ? 'ArtifactMissing' : 'TransferRefused', `${request.method} ${request.path}: ${problem}`);
    } catch (error) {
      if (error instanceof TransferFailed && error.class === 'permanent') throw error;
      problem = String((error as Error).cause ?? error);
    }
    if (ports.clock.monotonic() >= giveUp) throw new TransferFailed('transient', 'TransferFailed', `${request.method} ${request.path}: ${problem}`);
    await delay(ports.timers, backoff(n, ports.random, 200, 10_000));
  }
}
