import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mintNodeCredential, type Secrets, type Sockets } from '@novacron/service';
import { until } from '@novacron/testing';
import { WebSocket, WebSocketServer } from 'ws';
import type { FromAgent, ToAgent } from '@novacron/contracts';

export const secrets: Secrets = { credentialKey: Buffer.alloc(32, 1), sealingKey: Buffer.alloc(32, 2) };

/** A real HTTP server with WebSockets, as small as the port allows. */
export class TestSockets implements Sockets {
  private readonly server: Server = createServer();
  private readonly ws = new WebSocketServer({ noServer: true });

  route(path: string, route: Parameters<Sockets['route']>[1]): void {
    this.server.removeAllListeners('upgrade').on('upgrade', (request: IncomingMessage, socket, head) => {
      if (request.url !== path || !route.authorize(request)) return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      this.ws.handleUpgrade(request, socket, head, (open) => route.open(open, request));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const client of this.ws.clients) client.terminate();
    this.server.close();
  }
}

/** The other end: an agent that does only what the test says. */
export class TestAgent {
  readonly frames: ToAgent[] = [];
  closed: string | undefined;
  readonly socket: WebSocket;

  constructor(address: string, pool = 'default', credential = mintNodeCredential(secrets.credentialKey, { id: 'c1', pool })) {
    this.socket = new WebSocket(`${address}/agents/executor`, { headers: { authorization: `Bearer ${credential}` } });
    this.socket.on('message', (raw: Buffer) => this.frames.push(JSON.parse(raw.toString('utf8')) as ToAgent));
    this.socket.on('close', (_code, reason) => (this.closed ??= reason.toString()));
    this.socket.on('error', (error) => (this.closed ??= error.message));
  }

  async hello(attempts: Extract<FromAgent, { type: 'hello' }>['attempts'] = [], node = 'n1'): Promise<this> {
    await until(() => this.socket.readyState === WebSocket.OPEN, 'the socket is open');
    this.send({ type: 'hello', node, boot: 'b1', attempts });
    await this.next('welcome');
    return this;
  }

  send(frame: FromAgent): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** Takes the next frame of that type. */
  async next<T extends ToAgent['type']>(type: T): Promise<Extract<ToAgent, { type: T }>> {
    await until(() => this.frames.some((frame) => frame.type === type), `a frame ${type}, not ${JSON.stringify(this.frames)} (${this.closed ?? 'open'})`);
    return this.frames.splice(this.frames.findIndex((frame) => frame.type === type), 1)[0] as Extract<ToAgent, { type: T }>;
  }
}
