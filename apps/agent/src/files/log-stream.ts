import { delay, type Ports } from '@novacron/kernel';
import { transfer, type Source } from './transfer.ts';

const FLUSH_MS = 500;
const CHUNK = 32 * 1024;
/** Of one attempt; what comes after is not kept. */
const CAP = 16 * 1024 * 1024;
/** Waiting for the executor: beyond this, a process is held and a function's lines are dropped. */
const BUFFER = 1024 * 1024;
/** How long an attempt's result waits for the end of its log. */
const CLOSE_MS = 2_000;

/** An attempt's log on its way to the executor: numbered chunks, in order, each sent until taken. */
export class LogStream {
  readonly #ports: Ports;
  readonly #source: Source;
  #parts: Buffer[] = [];
  #waiting = 0;
  #taken = 0;
  #dropped = 0;
  #chunk = 0;
  #sending: Promise<void> | undefined;
  #cancelFlush: (() => void) | undefined;
  #drained: (() => void)[] = [];

  constructor(ports: Ports, source: Source) {
    this.#ports = ports;
    this.#source = source;
  }

  /** False when the buffer is full. */
  write(content: string | Buffer): boolean {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    if (this.#taken >= CAP) return true;
    if (this.#waiting >= 2 * BUFFER) {
      this.#dropped += bytes.length;
      return false;
    }
    if (this.#dropped > 0) this.#append(Buffer.from(`… ${this.#dropped} bytes of log dropped: the executor did not take them in time\n`));
    this.#dropped = 0;
    this.#append(bytes.subarray(0, CAP - this.#taken));
    if (this.#taken >= CAP) this.#append(Buffer.from(`\n… log truncated at ${CAP} bytes\n`));
    if (this.#waiting >= CHUNK) this.#flush();
    else this.#cancelFlush ??= this.#ports.timers.after(FLUSH_MS, () => this.#flush());
    return this.#waiting < BUFFER;
  }

  drained(): Promise<void> {
    return this.#waiting < BUFFER ? Promise.resolve() : new Promise((resolve) => this.#drained.push(resolve));
  }

  /** Resolves when all is sent; after 2 s the rest goes on in the background. */
  async close(): Promise<void> {
    this.#flush();
    const waited = new AbortController();
    await Promise.race([this.#sending, delay(this.#ports.timers, CLOSE_MS, waited.signal)]);
    waited.abort();
  }

  #append(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#waiting += bytes.length;
    this.#taken += bytes.length;
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
  }

  async #send(): Promise<void> {
    while (this.#parts.length > 0) {
      const body = Buffer.concat(this.#parts);
      this.#parts = [];
      for (let at = 0; at < body.length; at += BUFFER) {
        const part = body.subarray(at, at + BUFFER);
        try {
          await transfer(this.#ports, this.#source, { method: 'POST', path: `logs?chunk=${this.#chunk++}`, type: 'text/plain', body: () => part }, (r) => r.arrayBuffer());
        } catch {
          this.#taken = CAP; // refused, or nobody takes it for minutes: the attempt goes on without log
        }
        this.#waiting -= part.length;
      }
      if (this.#waiting < BUFFER) for (const resolve of this.#drained.splice(0)) resolve();
    }
  }
}
