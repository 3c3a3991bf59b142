import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What lies between a process of a test and its server: held, as the machine of a paused process does; cut, as the kernel does for a killed one. */
export class Cable {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private held = false;
  private severed = false;

  private constructor(port: number) {
    this.server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      for (const [one, other] of [[near, far], [far, near]] as const) {
        this.sockets.add(one);
        one.on('data', (bytes) => other.write(bytes));
        one.on('error', () => one.destroy());
        one.on('close', () => {
          this.sockets.delete(one);
          other.destroy();
        });
        if (this.held) one.pause();
      }
      if (this.severed) near.destroy();
    });
  }

  /** To a server on this machine. */
  static async to(port: number): Promise<Cable> {
    const cable = new Cable(port);
    await new Promise<void>((resolve) => cable.server.listen(0, '127.0.0.1', resolve));
    return cable;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  hold(held: boolean): void {
    this.held = held;
    for (const socket of this.sockets) if (held) socket.pause(); else socket.resume();
  }

  /** Ends what is connected now; who connects again is let through. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  sever(): void {
    this.severed = true;
    this.cut();
  }

  close(): void {
    this.sever();
    this.server.close();
  }
}
