import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Sockets } from './api.ts';

type Route = Parameters<Sockets['route']>[1];

/** Largest frame taken from an agent. */
const MAX_FRAME = 16 * 1024 * 1024;

/** WebSockets beside the HTTP routes of one server; unknown paths and unauthorized callers are refused before the upgrade. */
export class SocketRoutes implements Sockets {
  private readonly routes = new Map<string, Route>();
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME, perMessageDeflate: false });

  route(path: string, route: Route): void {
    this.routes.set(path, route);
  }

  attach(http: Server): void {
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // Without a listener a reset before the upgrade would end the process.
      socket.on('error', () => socket.destroy());
      void this.upgrade(request, socket, head);
    });
  }

  close(): void {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const route = this.routes.get((request.url ?? '').split('?')[0]!);
    if (!route) return refuse(socket, '404 Not Found');
    const allowed = await Promise.resolve(route.authorize(request)).catch(() => false);
    if (!allowed) return refuse(socket, '401 Unauthorized');
    this.server.handleUpgrade(request, socket, head, (opened) => {
      opened.on('error', () => opened.terminate());
      route.open(opened, request);
    });
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
