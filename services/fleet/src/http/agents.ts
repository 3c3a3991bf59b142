import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { name as nodeName, toFleet, type FromFleet, type ToFleet } from '@novacron/contracts';
import { isRefusal, type Message, type Ports } from '@novacron/kernel';
import { bearer, logOf, PORTS, SECRETS, SOCKETS, Unavailable, verifyNodeCredential, type NodeClaims, type Secrets, type ServiceLog, type Sockets } from '@novacron/service';
import type { WebSocket } from 'ws';
import type { RegisterNode } from '../domain/node/messages.ts';
import { keyOf, Silence, type NodeName } from './silence.ts';

type Register = Extract<ToFleet, { type: 'register' }>;

interface Connection {
  readonly socket: WebSocket;
  readonly pool: string;
  /** The node that it registered. */
  name?: NodeName;
}

/** The fleet's end of the agents' WebSockets: a node is there as long as it is heard. A closed connection decides nothing; silence does. */
@Injectable()
export class Agents implements OnModuleInit, OnModuleDestroy {
  private readonly connected = new Map<string, Connection>();
  private readonly silence: Silence;
  private readonly log: ServiceLog;
  private readonly sockets: Sockets;
  private readonly secrets: Secrets;
  private forget: () => void = () => {};
  private disown: () => void = () => {};

  constructor(@Inject(logOf('fleet')) log: ServiceLog, @Inject(SOCKETS) sockets: Sockets, @Inject(SECRETS) secrets: Secrets, @Inject(PORTS) ports: Ports) {
    this.log = log;
    this.sockets = sockets;
    this.secrets = secrets;
    // An agent that took its connection for alive must register again.
    const cut = (name: NodeName) => this.connected.get(keyOf(name))?.socket.terminate();
    this.silence = new Silence(log, ports, { judged: cut, disowned: cut });
  }

  onModuleInit(): void {
    this.sockets.route('/agents/fleet', {
      authorize: (request) => this.claims(request) !== undefined,
      open: (socket, request) => this.accept(socket, this.claims(request)!),
    });
    this.forget = this.log.onConfirmed((_partition, events) => this.passOn(events));
    this.disown = this.log.onOwned(() => this.silence.leaveDisowned());
    this.silence.start();
  }

  onModuleDestroy(): void {
    this.silence.stop();
    this.disown();
    this.forget();
  }

  private claims(request: IncomingMessage): NodeClaims | undefined {
    return verifyNodeCredential(this.secrets.credentialKey, bearer(request.headers.authorization) ?? '');
  }

  private accept(socket: WebSocket, { pool }: NodeClaims): void {
    const connection: Connection = { socket, pool };
    socket.on('message', (raw) => {
      const frame = parse(raw as Buffer);
      if (!frame) return turnAway(socket, 'a frame is not a message of the agent protocol');
      if (frame.type === 'register') return void this.register(connection, frame);
      if (!connection.name) return turnAway(socket, 'the first frame must be register');
      this.silence.hear(connection.name);
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      if (connection.name && this.connected.get(keyOf(connection.name)) === connection) this.connected.delete(keyOf(connection.name));
    });
  }

  /** Only the owner of the pool's partition takes a node in: its beats, which live in memory, must be where its silence is judged. */
  private async register(connection: Connection, frame: Register): Promise<void> {
    const { socket } = connection;
    const problem = problemOf(connection, frame);
    if (problem) return turnAway(socket, problem);
    const again = connection.name !== undefined;
    this.connect(connection, { pool: frame.pool, node: frame.node });
    const command: RegisterNode = { ...frame, type: 'RegisterNode', again };
    try {
      const answer = await this.log.submitTo(this.log.partitionOf(frame.pool), command as unknown as Message);
      if (isRefusal(answer)) return turnAway(socket, answer.detail);
      if (!again) send(socket, { type: 'registered' });
    } catch (error) {
      turnAway(socket, error instanceof Unavailable ? `another process owns pool ${frame.pool}: connect there, or here again soon` : 'the registration could not be recorded: connect again');
    }
  }

  /** Of two connections of a node the newer counts: the older one is what is left of an agent or a network that broke. */
  private connect(connection: Connection, name: NodeName): void {
    const older = this.connected.get(keyOf(name));
    if (older && older !== connection) older.socket.close(1008, 'the node has connected anew');
    connection.name = name;
    this.connected.set(keyOf(name), connection);
    this.silence.hear(name);
  }

  private passOn(events: readonly Message[]): void {
    for (const event of events) {
      if (event.type !== 'InventoryAsked') continue;
      const connection = this.connected.get(keyOf(event as unknown as NodeName));
      if (connection) send(connection.socket, { type: 'inventory' });
    }
  }
}

function problemOf({ pool, name }: Connection, frame: Register): string | undefined {
  if (frame.pool !== pool) return `the credential is for pool ${pool}, not for ${frame.pool}`;
  if (!nodeName.safeParse(frame.node).success) return `"${frame.node}" is no name for a node: use lower-case letters, digits, dot, dash and underscore, 64 at most`;
  if (name && name.node !== frame.node) return `this connection is node ${name.node}'s: open another for ${frame.node}`;
  return undefined;
}

function parse(raw: Buffer): ToFleet | undefined {
  try {
    return toFleet.parse(JSON.parse(raw.toString('utf8')));
  } catch {
    return undefined;
  }
}

function turnAway(socket: WebSocket, reason: string): void {
  send(socket, { type: 'refused', reason });
  socket.close(1008);
}

function send(socket: WebSocket, frame: FromFleet): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
}
