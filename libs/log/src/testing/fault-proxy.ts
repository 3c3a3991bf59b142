import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** What the proxy does with bytes that come from the server: hands them on, keeps them and all that follow on this connection for ever, ends the connection instead, or does so behind the first half of them. */
export type ReplyFault = 'none' | 'swallow' | 'cut' | 'tear';

/** Stands before a broker and loses its replies; what clients send always arrives. */
export class FaultProxy {
  /** Looked at for each chunk of a reply. */
  fault: ReplyFault = 'none';
  /** Held back so many ms, in order. */
  delayMs = 0;
  /** Replies that were lost. */
  lost = 0;
  readonly port: number;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private target = 0;

  private constructor(server: Server) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => this.join(client));
  }

  static async start(): Promise<FaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FaultProxy(server);
  }

  /** From now on connections go to this port of the loopback. */
  to(port: number): void {
    this.target = port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    const server = connect({ host: '127.0.0.1', port: this.target });
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      this.sockets.add(socket);
      socket.on('error', () => {}).on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (bytes) => server.write(bytes));
    let swallowing = false;
    server.on('data', (bytes) => {
      // A stream with a hole is nothing that TCP would deliver.
      swallowing ||= this.fault === 'swallow';
      if (swallowing) this.lost++;
      else this.reply(client, bytes);
    });
  }

  private reply(client: Socket, bytes: Buffer): void {
    if (this.fault === 'cut' || this.fault === 'tear') {
      this.lost++;
      if (this.fault === 'cut') client.destroy();
      else client.end(bytes.subarray(0, bytes.length >> 1));
    } else if (this.delayMs === 0) client.write(bytes);
    else setTimeout(() => client.write(bytes), this.delayMs);
  }
}
