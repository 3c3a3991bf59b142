import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Who may begin an attempt that waits inside a worker: the worker, or the agent that wants it back although user code blocks the
 * worker's event loop. Two numbers in a file that both have open: the worker writes `begun` and then reads `limit`, the agent writes
 * `limit` and then reads `begun` (Dekker's mutual exclusion): an attempt above `limit` that the agent does not find begun is never begun.
 */
const BEGUN = 0;
const LIMIT = 4;
/** Descriptor of the file in the worker. */
export const CLAIMS = 4;

const bytes = Buffer.alloc(4);

function put(file: number, at: number, value: number): void {
  bytes.writeUInt32LE(value);
  writeSync(file, bytes, 0, 4, at);
}

function get(file: number, at: number): number {
  bytes.writeUInt32LE(0);
  readSync(file, bytes, 0, 4, at);
  return bytes.readUInt32LE();
}

/** The worker's side: false when the attempt was taken back. */
export function mayBegin(n: number): boolean {
  put(CLAIMS, BEGUN, n);
  const limit = get(CLAIMS, LIMIT);
  return limit === 0 || n <= limit;
}

/** The agent's side. */
export class Claims {
  readonly file: number;

  constructor(dir: string, id: string) {
    const path = join(dir, `.claims-${id}`);
    this.file = openSync(path, 'w+', 0o600);
    unlinkSync(path);
  }

  /** No attempt above `limit` begins from now on, except those up to the returned number, which may have. */
  restrict(limit: number): number {
    put(this.file, LIMIT, limit);
    return get(this.file, BEGUN);
  }

  release(): void {
    put(this.file, LIMIT, 0);
  }

  close(): void {
    closeSync(this.file);
  }
}
