import { BEAT_MS, fromFleet, type Capacity, type ToFleet } from '@novacron/contracts';
import type { Ports } from '@novacron/kernel';
import { ServiceSocket, type Dial } from './socket.ts';
import type { Identity } from './executor.ts';

export interface Node extends Identity {
  readonly pool: string;
  readonly capacity: Capacity;
}

/** The connection to the fleet: this node exists, has this capacity, and is alive. */
export class FleetConnection {
  readonly url: string;
  readonly #ports: Ports;
  readonly #socket: ServiceSocket;
  #cancelBeat: (() => void) | undefined;

  constructor(ports: Ports, dial: Dial, url: string, token: string, node: Node, attempts: () => string[], events: { registered(): void; closed(reason: string): void }) {
    this.url = url;
    this.#ports = ports;
    let refused: string | undefined;
    const register = () => this.#say({ type: 'register', node: node.node, pool: node.pool, boot: node.boot, capacity: node.capacity, attempts: attempts() });
    this.#socket = new ServiceSocket(ports, dial(`${url}/agents/fleet`, token), {
      opened: () => {
        register();
        this.#beat();
      },
      received: (message) => {
        const said = fromFleet.safeParse(message).data;
        if (said?.type === 'registered') events.registered();
        if (said?.type === 'inventory') register();
        if (said?.type === 'refused') {
          refused = `the fleet refuses this node: ${said.reason}`;
          this.#socket.close();
        }
      },
      closed: (reason) => {
        this.#cancelBeat?.();
        events.closed(refused ?? reason);
      },
    });
  }

  close(): void {
    this.#socket.close();
  }

  #beat(): void {
    this.#cancelBeat = this.#ports.timers.after(BEAT_MS, () => {
      this.#say({ type: 'beat' });
      this.#beat();
    });
  }

  #say(message: ToFleet): void {
    this.#socket.send(JSON.stringify(message));
  }
}
