import { WebSocket } from 'ws';
import type { Ports } from '@novacron/kernel';
import { BEAT_MS } from '@novacron/contracts';

/** SYN packets are repeated after 1 s and 3 s; later ones would come long after the path has healed. */
const HANDSHAKE_MS = 4_000;
/** A path that was cut for so long has TCP wait up to 13 s more before it sends again: a new connection is there sooner, and before the other side gives up what runs here. */
const SILENT_MS = 3 * BEAT_MS;

/** Opens a WebSocket with the node's credential. */
export type Dial = (url: string, token: string) => WebSocket;

export const dial: Dial = (url, token) =>
  new WebSocket(url.replace(/^http/, 'ws'), { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MS, maxPayload: 256 * 1024 * 1024 });

export interface SocketEvents {
  opened(): void;
  received(message: unknown): void;
  closed(reason: string): void;
}

/** One WebSocket to a service, until it breaks: silence for 9 s counts as broken. */
export class ServiceSocket {
  readonly #socket: WebSocket;
  readonly #ports: Ports;
  #heard: number;
  #cancelPing: (() => void) | undefined;

  constructor(ports: Ports, socket: WebSocket, events: SocketEvents) {
    this.#ports = ports;
    this.#heard = ports.clock.monotonic();
    this.#socket = socket;
    let reason = 'the connection closed';
    this.#socket.on('open', () => {
      this.#ping();
      events.opened();
    });
    this.#socket.on('pong', () => (this.#heard = ports.clock.monotonic()));
    this.#socket.on('message', (bytes: Buffer) => {
      this.#heard = ports.clock.monotonic();
      const message = parse(bytes);
      if (message !== undefined) events.received(message);
    });
    this.#socket.on('error', (error) => (reason = error.message));
    this.#socket.on('close', (code, text) => {
      this.#cancelPing?.();
      events.closed(text.length > 0 ? text.toString('utf8') : code === 1006 ? reason : `closed with code ${code}`);
    });
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(text: string): void {
    if (this.open) this.#socket.send(text);
  }

  close(): void {
    this.#socket.close(1000);
  }

  #ping(): void {
    this.#cancelPing = this.#ports.timers.after(BEAT_MS, () => {
      if (this.#ports.clock.monotonic() - this.#heard > SILENT_MS) return this.#socket.terminate();
      this.#socket.ping();
      this.#ping();
    });
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
