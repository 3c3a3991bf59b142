import type { IncomingMessage } from 'node:http';
import type { Dial } from '@novacron/agent';
import type { Sockets } from '@novacron/service';
import type { Process } from '../time/process.ts';
import type { Network, Wire } from './network.ts';

type Listener = (...args: never[]) => void;
type Route = Parameters<Sockets['route']>[1];
const OPEN = 1;
const CLOSED = 3;
const HANDSHAKE_MS = 10_000;
const CLOSE_MS = 5_000;

/** One end of a WebSocket, as far as `ws` is used here. */
export class SocketEnd {
  readonly OPEN = OPEN;
  readyState = 0;
  peer: SocketEnd | undefined;
  wire: Wire | undefined;
  private readonly listeners = new Map<string, Listener[]>();
  private readonly process: Process;
  private readonly network: Network;

  constructor(process: Process, network: Network) {
    this.process = process;
    this.network = network;
    // The kernel of a machine whose process died says so to the other end.
    process.onDeath(() => this.readyState !== CLOSED && this.hangUp('the connection was reset'));
  }

  on(event: string, listener: Listener): this {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
    return this;
  }

  emit(event: string, ...args: unknown[]): void {
    for (const listener of this.listeners.get(event) ?? []) (listener as (...args: unknown[]) => void)(...args);
  }

  send(text: string): void {
    const { peer } = this;
    if (this.readyState !== OPEN || !peer || !this.process.alive) return;
    this.wire!.send('frame', () => peer.hear(text));
  }

  private hear(text: string): void {
    if (this.readyState !== OPEN) return;
    this.process.point('frame arrived, unheard');
    this.emit('message', Buffer.from(text));
    this.process.point('frame heard');
  }

  ping(): void {
    const { peer } = this;
    if (this.readyState !== OPEN || !peer) return;
    this.wire!.send('ping', () => peer.readyState === OPEN && peer.wire!.send('pong', () => this.readyState === OPEN && this.emit('pong')));
  }

  /** Both ends say goodbye; where the other does not answer, it is over after a while all the same. */
  close(code = 1000, reason = ''): void {
    if (this.readyState >= 2 || !this.process.alive) return;
    const { peer } = this;
    this.readyState = 2;
    this.wire?.send('close', () => {
      if (!peer || peer.readyState === CLOSED) return;
      peer.wire?.send('close answered', () => this.gone(code, reason));
      peer.gone(code, reason);
    });
    this.process.after(CLOSE_MS, 'close', () => this.gone(1006, ''));
  }

  terminate(): void {
    if (this.readyState === CLOSED || !this.process.alive) return;
    this.hangUp('');
    this.process.after(0, 'terminated', () => this.emit('close', 1006, Buffer.alloc(0)));
  }

  /** The connection could not be made, or broke. */
  fail(reason: string): void {
    if (this.readyState === CLOSED) return;
    this.emit('error', new Error(reason));
    this.gone(1006, '');
  }

  private hangUp(reason: string): void {
    const { peer, wire } = this;
    this.readyState = CLOSED;
    if (wire && peer) wire.send('reset', () => (reason ? peer.fail(reason) : peer.gone(1006, '')));
  }

  gone(code: number, reason: string): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    if (this.wire) this.network.forget(this.wire);
    this.emit('close', code, Buffer.from(reason));
  }
}

/** Where instances are reached by their addresses. */
export class Listeners {
  private readonly routes = new Map<string, { readonly process: Process; readonly route: Route }>();
  private readonly network: Network;

  constructor(network: Network) {
    this.network = network;
  }

  /** The routes of one process. */
  of(process: Process, address: string): Sockets {
    return {
      route: (path, route) => {
        this.routes.set(`${address}${path}`, { process, route });
        process.onDeath(() => this.routes.get(`${address}${path}`)?.process === process && this.routes.delete(`${address}${path}`));
      },
    };
  }

  /** How a process connects. */
  dialFor(process: Process): Dial {
    return (url, token) => {
      const end = new SocketEnd(process, this.network);
      const found = this.routes.get(url);
      if (!found) {
        process.after(1, 'connection refused', () => end.fail('connection refused'));
        return end as never;
      }
      const there = this.network.wire(process.name, found.process);
      process.after(HANDSHAKE_MS, 'handshake', () => end.readyState === 0 && end.fail('no answer to the handshake'));
      there.send('connect', () => this.accept(end, process, there, found, token));
      return end as never;
    };
  }

  private accept(end: SocketEnd, caller: Process, there: Wire, { process, route }: { process: Process; route: Route }, token: string): void {
    const request = { headers: { authorization: `Bearer ${token}` }, socket: { cork() {}, uncork() {} } } as unknown as IncomingMessage;
    const back = this.network.wire(process.name, caller);
    if (!route.authorize(request)) return back.send('refused', () => end.fail('Unexpected server response: 401'));
    const other = new SocketEnd(process, this.network);
    [end.peer, other.peer, end.wire, other.wire] = [other, end, there, back];
    other.readyState = OPEN;
    back.send('connected', () => {
      if (end.readyState !== 0) return there.send('reset', () => other.gone(1006, ''));
      end.readyState = OPEN;
      end.emit('open');
    });
    route.open(other as never, request);
  }
}
