import type { IncomingMessage } from 'node:http';
import { attemptId, fromAgent, type FromAgent, type ToAgent } from '@novacron/contracts';
import { isRefusal, type Message, type Timers } from '@novacron/kernel';
import { bearer, verifyNodeCredential, type NodeClaims, type Secrets, type ServiceLog, type Sockets } from '@novacron/service';
import type { WebSocket } from 'ws';
import type { Mark } from '../domain/attempt/messages.ts';
import { Gathered } from './gathered.ts';
import type { Connection, Node } from './node.ts';
import type { OpenAttempt, OpenAttempts } from './open-attempts.ts';
import type { Orders } from './orders.ts';
import type { Results } from './results.ts';
import type { Silence } from './silence.ts';

type Hello = Extract<FromAgent, { type: 'hello' }>;
type Beat = Extract<FromAgent, { type: 'beat' }>;
type Started = Extract<FromAgent, { type: 'started' }>;
const BATCH = 256;

/** The executor's end of the agents' WebSockets (protocols.md section 6). */
export class Agents {
  private connections = 0;
  private readonly open = new Set<WebSocket>();
  private owned: ReadonlySet<number> = new Set();
  private forget = (): void => undefined;
  private readonly log: ServiceLog;
  private readonly secrets: Secrets;
  private readonly attempts: OpenAttempts;
  private readonly orders: Orders;
  private readonly results: Results;
  private readonly silence: Silence;
  private readonly timers: Timers;
  private readonly now: () => number;

  constructor(parts: { log: ServiceLog; secrets: Secrets; attempts: OpenAttempts; orders: Orders; results: Results; silence: Silence; timers: Timers; now: () => number }) {
    ({ log: this.log, secrets: this.secrets, attempts: this.attempts, orders: this.orders, results: this.results, silence: this.silence, timers: this.timers, now: this.now } = parts);
  }

  listen(sockets: Sockets): void {
    sockets.route('/agents/executor', {
      authorize: (request) => this.claims(request) !== undefined,
      open: (socket, request) => this.accept(socket, new Gathered(request.socket, this.timers), this.claims(request)!),
    });
    this.forget = this.log.onOwned(() => this.tellMoves());
  }

  close(): void {
    this.forget();
    for (const socket of this.open) socket.close(1001, 'the executor stops; connect again');
  }

  /** Who left takes its runs to a process that the agents may not know. */
  private tellMoves(): void {
    const before = this.owned;
    this.owned = new Set(this.log.owned().keys());
    if ([...before].every((partition) => this.owned.has(partition))) return;
    for (const socket of this.open) if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'moved' } satisfies ToAgent));
  }

  private claims(request: IncomingMessage): NodeClaims | undefined {
    return verifyNodeCredential(this.secrets.credentialKey, bearer(request.headers.authorization) ?? '');
  }

  private accept(socket: WebSocket, gathered: Gathered, { pool }: NodeClaims): void {
    let node: Node | undefined;
    const connection: Connection = {
      number: ++this.connections,
      send: (frame) => {
        if (socket.readyState !== socket.OPEN) return;
        gathered.hold();
        socket.send(JSON.stringify(frame));
      },
      flush: () => gathered.release(),
      close: (reason) => socket.close(1008, reason),
    };
    this.open.add(socket);
    socket.on('message', (raw) => {
      const bytes = (raw as Buffer).length;
      const frame = parse(raw as Buffer);
      if (!frame) return connection.close('a frame is not a message of the agent protocol');
      if (frame.type === 'hello') node = this.hello(frame, pool, connection);
      else if (node?.connection === connection) this.hear(node, frame, bytes);
      else connection.close(node ? 'the node has connected anew' : 'the first frame must be hello');
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.open.delete(socket);
      if (node?.connection === connection) node.connection = undefined;
    });
  }

  private hear(node: Node, frame: FromAgent, bytes: number): void {
    node.lastHeard = this.now();
    switch (frame.type) {
      case 'results': return this.results.take(node, frame.results, bytes);
      case 'started': return this.started(node, frame);
      case 'beat': return this.beat(node, frame);
    }
  }

  /** Settles with the agent what it has: what it knows runs on, what it never got is ordered, what it forgot is lost. */
  private hello(frame: Hello, pool: string, connection: Connection): Node {
    const node = this.attempts.node(pool, frame.node);
    if (node.connection && node.connection !== connection) node.connection.close('the node has connected anew');
    node.connection = connection;
    node.lastHeard = this.now();
    node.beats++;
    connection.send({ type: 'welcome', connection: connection.number });
    const strays: Mark[] = [];
    for (const item of frame.attempts) {
      const attempt = this.ofNode(node, item);
      if (!attempt) {
        if (item.state === 'running') strays.push(item);
        continue;
      }
      this.listed(attempt, node);
      attempt.sentOn = connection.number;
      if (item.state === 'ended') attempt.endedOn = connection.number;
    }
    const forgotten: OpenAttempt[] = [];
    for (const attempt of node.attempts.values()) {
      const known = attempt.listedIn === node.beats;
      if (!known && attempt.listedIn > 0 && !attempt.ending) forgotten.push(attempt);
      else if (!attempt.ending && (!known || attempt.stop)) this.orders.give(attempt);
    }
    this.silence.report(forgotten, 'the node\'s agent no longer knows the attempt');
    void this.disown(node, strays);
    return node;
  }

  private beat(node: Node, frame: Beat): void {
    node.beats++;
    const before = node.strays;
    node.strays = new Set();
    const strays: Mark[] = [];
    for (const item of frame.attempts) {
      const attempt = this.ofNode(node, item);
      if (attempt) {
        this.listed(attempt, node);
        if (item.progress !== undefined) attempt.progress = item.progress;
        continue;
      }
      // Once is normal: its end was taken while the beat was on its way.
      node.strays.add(attemptId(item));
      if (before.has(attemptId(item))) strays.push(item);
    }
    this.silence.missing(node);
    void this.disown(node, strays);
  }

  private listed(attempt: OpenAttempt, node: Node): void {
    attempt.confirmed = true;
    attempt.listedIn = node.beats;
    attempt.missedBeats = 0;
  }

  private ofNode(node: Node, mark: Mark): OpenAttempt | undefined {
    return node.attempts.get(attemptId(mark));
  }

  /** Of attempts that this process was not told of (yet), the partition says which ones do not count; those are stopped. */
  private async disown(node: Node, strays: readonly Mark[]): Promise<void> {
    for (const [partition, all] of this.byOwnPartition(strays)) {
      for (let i = 0; i < all.length; i += BATCH) {
        const listed = all.slice(i, i + BATCH).map(({ run, task, attempt }) => ({ run, task, attempt }));
        const answer = await this.log.submitTo(partition, { type: 'AttemptsListed', attempts: listed }).catch(() => undefined);
        const epoch = this.log.owned().get(partition);
        if (!answer || isRefusal(answer) || epoch === undefined) continue;
        const unknown = answer.reply as unknown as Mark[];
        if (unknown.length) this.orders.stopStrays(node, unknown, partition, epoch);
      }
    }
  }

  private started(node: Node, frame: Started): void {
    const own = frame.attempts.filter((each) => this.ofNode(node, each));
    for (const each of own) this.ofNode(node, each)!.confirmed = true;
    for (const [partition, attempts] of this.byOwnPartition(own)) {
      for (let i = 0; i < attempts.length; i += BATCH) {
        // Not repeated when the log is away: the end says when it started too.
        void this.log.submitTo(partition, { type: 'AttemptsStarted', attempts: attempts.slice(i, i + BATCH) } as Message).catch(() => undefined);
      }
    }
  }

  private byOwnPartition<M extends Mark>(marks: readonly M[]): Map<number, M[]> {
    const groups = new Map<number, M[]>();
    const owned = this.log.owned();
    for (const mark of marks) {
      const partition = this.log.partitionOf(mark.run);
      if (!owned.has(partition)) continue;
      const group = groups.get(partition);
      if (group) group.push(mark);
      else groups.set(partition, [mark]);
    }
    return groups;
  }
}

function parse(raw: Buffer): FromAgent | undefined {
  try {
    return fromAgent.parse(JSON.parse(raw.toString('utf8')));
  } catch {
    return undefined;
  }
}
