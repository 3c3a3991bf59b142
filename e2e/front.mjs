import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const LOOK_MS = 500;

/** The load balancer that a real installation has before its gateways: agents know one address. It passes bytes to a gateway that says it is ready. */
export class Front {
  #ready = [];
  #turn = 0;
  #sockets = new Set();

  static async open(gateways, host = '127.0.0.1') {
    const front = new Front();
    front.gateways = gateways;
    front.server = createServer((socket) => front.#pass(socket)).listen(0, host);
    await once(front.server, 'listening');
    front.url = `http://${host}:${front.server.address().port}`;
    front.looking = setInterval(() => void front.#look(), LOOK_MS);
    await front.#look();
    return front;
  }

  close() {
    clearInterval(this.looking);
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #look() {
    const answers = await Promise.all(this.gateways.map((url) => fetch(`${url}/readyz`, { signal: AbortSignal.timeout(LOOK_MS) }).then(({ ok }) => ok && url, () => false)));
    this.#ready = answers.filter(Boolean);
  }

  #pass(socket) {
    const to = this.#ready[this.#turn++ % this.#ready.length];
    if (to === undefined) return socket.destroy();
    const { hostname, port } = new URL(to);
    const upstream = connect(Number(port), hostname);
    for (const [one, other] of [[socket, upstream], [upstream, socket]]) {
      this.#sockets.add(one);
      one.on('error', () => {}).on('close', () => (this.#sockets.delete(one), other.destroy())).pipe(other);
    }
  }
}
