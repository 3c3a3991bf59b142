import { BEAT_MS, toAgent, type FromAgent } from '@novacron/contracts';
import type { Ports } from '@novacron/kernel';
import type { Attempts, Peer } from '../attempts/attempts.ts';
import { ServiceSocket, type Dial } from './socket.ts';

const PROGRESS_MS = 200;

export interface Identity {
  readonly node: string;
  /** New with each start of the agent. */
  readonly boot: string;
}

export interface ExecutorEvents {
  closed(reason: string): void;
  /** Runs went to another process. */
  moved(): void;
}

/** The connection to one executor process: orders in, results and beats out. */
export class ExecutorConnection implements Peer {
  readonly url: string;
  readonly #ports: Ports;
  readonly #attempts: Attempts;
  readonly #socket: ServiceSocket;
  readonly #events: ExecutorEvents;
  #welcomed = false;
  #cancelBeat: (() => void) | undefined;
  #cancelSoon: (() => void) | undefined;
  /** Results that nobody had acknowledged at the last beat. */
  #owed = new Set<string>();

  constructor(ports: Ports, dial: Dial, url: string, token: string, identity: Identity, attempts: Attempts, events: ExecutorEvents) {
    this.url = url;
    this.#events = events;
    this.#ports = ports;
    this.#attempts = attempts;
    this.#socket = new ServiceSocket(ports, dial(`${url}/agents/executor`, token), {
      opened: () => this.#say({ type: 'hello', ...identity, attempts: attempts.inventory() }),
      received: (message) => this.#hear(message),
      closed: (reason) => {
        this.#welcomed = false;
        this.#cancelBeat?.();
        this.#cancelSoon?.();
        attempts.disconnected(this);
        events.closed(reason);
      },
    });
  }

  get ready(): boolean {
    return this.#welcomed && this.#socket.open;
  }

  /** The results are JSON already, as they stand in the journal. */
  results(results: readonly string[]): void {
    this.#socket.send(`{"type":"results","results":[${results.join(',')}]}`);
  }

  started(attempts: Extract<FromAgent, { type: 'started' }>['attempts']): void {
    this.#say({ type: 'started', attempts });
  }

  beatSoon(): void {
    this.#cancelSoon ??= this.#ports.timers.after(PROGRESS_MS, () => this.#beat());
  }

  close(): void {
    this.#socket.close();
  }

  #hear(message: unknown): void {
    const parsed = toAgent.safeParse(message);
    if (!parsed.success) return;
    const said = parsed.data;
    if (said.type === 'start') this.#attempts.start(said.orders, this);
    else if (said.type === 'stop') this.#attempts.stop(said.orders, this);
    else if (said.type === 'acknowledged') this.#attempts.acknowledged(said.attempts);
    else if (said.type === 'moved') this.#events.moved();
    else this.#welcome();
  }

  #welcome(): void {
    this.#welcomed = true;
    this.#attempts.connected(this);
    this.#beat();
  }

  #beat(): void {
    this.#cancelSoon?.();
    this.#cancelSoon = undefined;
    this.#cancelBeat?.();
    this.#say({ type: 'beat', attempts: this.#attempts.alive() });
    this.#repeat();
    this.#cancelBeat = this.#ports.timers.after(BEAT_MS, () => this.#beat());
  }

  /** The run may have another owner by now than who gave the order: what is owed for a beat is told to every executor, and whoever owns it takes it. */
  #repeat(): void {
    const owed = [...this.#attempts.owed()];
    const late = owed.filter(([id]) => this.#owed.has(id)).map(([, result]) => result);
    this.#owed = new Set(owed.map(([id]) => id));
    if (late.length > 0) this.results(late);
  }

  #say(message: FromAgent): void {
    this.#socket.send(JSON.stringify(message));
  }
}
