import type { AgentServices } from '@novacron/contracts';
import { backoff, type Ports } from '@novacron/kernel';
import type { Attempts } from '../attempts/attempts.ts';
import { ExecutorConnection } from './executor.ts';
import { FleetConnection, type Node } from './fleet.ts';
import type { Dial } from './socket.ts';

/** Processes come and go: asked again this often, and at once when a connection breaks. */
const ASK_MS = 15_000;
const RETRY_MAX_MS = 2_000;
/** After runs moved from one executor to another: the new one is found within about half a second. */
const MOVED_MS = 300;
const MOVED_LOOKS = 10;

export interface ConnectionSettings {
  readonly ports: Ports;
  /** Asks the gateway where to connect. */
  readonly services: (token: string) => Promise<AgentServices>;
  readonly dial: Dial;
  /** The node's credential, read anew each time: credentials are exchanged in place. */
  readonly token: () => string;
  readonly node: Node;
  readonly attempts: Attempts;
  say(text: string): void;
}

/** Keeps one connection to a fleet process and one to each executor process that the gateway names. */
export class Connections {
  readonly #settings: ConnectionSettings;
  readonly #executors = new Map<string, ExecutorConnection>();
  #fleet: FleetConnection | undefined;
  #failures = 0;
  #looks = 0;
  #asking = false;
  #closed = false;
  #cancelAsk: (() => void) | undefined;
  #lastProblem = '';

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    void this.#ask();
  }

  close(): void {
    this.#closed = true;
    this.#cancelAsk?.();
    this.#fleet?.close();
    for (const executor of this.#executors.values()) executor.close();
  }

  async #ask(): Promise<void> {
    if (this.#asking || this.#closed) return;
    this.#asking = true;
    this.#cancelAsk?.();
    try {
      this.#connect(await this.#settings.services(this.#settings.token()));
      this.#askAfter(this.#looks-- > 0 ? MOVED_MS : ASK_MS);
    } catch (error) {
      this.#broken(`The gateway does not say where to connect: ${reasonOf(error)}`);
    }
    this.#asking = false;
  }

  #connect(services: AgentServices): void {
    const { ports, dial, node, attempts } = this.#settings;
    const token = this.#settings.token();
    for (const url of services.executor) {
      if (this.#executors.has(url)) continue;
      const connection = new ExecutorConnection(ports, dial, url, token, node, attempts, {
        closed: (reason) => {
          if (this.#executors.get(url) === connection) this.#executors.delete(url);
          this.#broken(`Connection to the executor at ${url}: ${reason}`);
        },
        moved: () => this.#moved(),
      });
      this.#executors.set(url, connection);
    }
    // A fleet that failed is not asked twice in a row where there are others.
    const fleet = services.fleet[this.#failures % services.fleet.length];
    if (!this.#fleet && fleet !== undefined) this.#connectFleet(fleet, token);
  }

  #connectFleet(url: string, token: string): void {
    const { ports, dial, node, attempts, say } = this.#settings;
    const connection = new FleetConnection(ports, dial, url, token, node, () => attempts.ids(), {
      registered: () => {
        this.#failures = 0;
        this.#lastProblem = '';
        say(`Node ${node.node} is registered in pool ${node.pool}`);
      },
      closed: (reason) => {
        if (this.#fleet === connection) this.#fleet = undefined;
        this.#broken(`Connection to the fleet at ${url}: ${reason}`);
      },
    });
    this.#fleet = connection;
  }

  /** The new owner's claim may not be in the log yet: asked a few times. */
  #moved(): void {
    this.#looks = MOVED_LOOKS;
    this.#askAfter(MOVED_MS);
  }

  #broken(problem: string): void {
    if (this.#closed) return;
    if (problem !== this.#lastProblem) this.#settings.say(problem);
    this.#lastProblem = problem;
    this.#askAfter(50 + backoff(++this.#failures, this.#settings.ports.random, 100, RETRY_MAX_MS));
  }

  #askAfter(ms: number): void {
    this.#cancelAsk?.();
    this.#cancelAsk = this.#settings.ports.timers.after(ms, () => void this.#ask());
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message;
}
