import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { Feed, memoryHeads, MemoryLog, signerOf, silentLog } from '@novacron/log';
import { isRefusal, partitionOf, sha256, type Message, type Ports, type Position, type Refusal } from '@novacron/kernel';
import type { Role } from '@novacron/contracts';
import { realPorts } from '@novacron/kernel';
import type { ServiceLog, Submitted } from '@novacron/service';
import { Scenario } from '@novacron/testing';
import { gatewayConfig } from '../config.ts';
import { definition } from '../definition.ts';
import { registerApi } from '../http/api.ts';
import type { Edge } from '../http/edge.ts';
import { KeyDirectory } from '../http/key-directory.ts';
import { LiveStream } from '../http/live-stream.ts';
import { Outcomes } from '../http/outcomes.ts';
import { RateLimit } from '../http/rate-limit.ts';
import type { Rows } from '../http/rows.ts';
import { Past, type StartReader } from '../past/past.ts';

/** The gateway's one partition in memory, decided by its real deciders; `answers` stand for the other services. */
export class FakeLog implements ServiceLog {
  readonly scenario = new Scenario(definition);
  /** An empty log, for routes that read the log itself. */
  readonly kept = new MemoryLog().driver({ joint: true, now: () => this.scenario.now });
  private readonly listeners = new Set<Parameters<ServiceLog['onConfirmed']>[0]>();
  private seq = 0;
  answer: (said: Message) => Message | undefined = () => undefined;

  async submit(_key: string, message: Message): Promise<Submitted | Refusal> {
    const decision = this.scenario.tell(JSON.parse(JSON.stringify(message)) as Message);
    if (isRefusal(decision)) return decision;
    const position = this.confirm(decision.events);
    for (const said of decision.events) {
      const answer = this.answer(said);
      if (answer) queueMicrotask(() => this.confirm(this.scenario.events(answer)));
    }
    return { events: decision.events, reply: decision.reply ?? null, position };
  }

  submitTo(_partition: number, message: Message): Promise<Submitted | Refusal> {
    return this.submit('', message);
  }

  submitToOwner = (partition: number, message: Message): Promise<Submitted | Refusal> => this.submitTo(partition, message);
  readonly partitions = 1;
  onOwned = (): (() => void) => () => {};
  partitionOf = (key: string): number => partitionOf(key, 1);
  owned = (): ReadonlyMap<number, number> => new Map([[0, 1]]);

  onConfirmed(listener: Parameters<ServiceLog['onConfirmed']>[0]): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What the log holds. */
  get events(): readonly Message[] {
    return this.scenario.history;
  }

  private confirm(events: readonly Message[]): Position {
    const position = { topic: 'gateway', partition: 0, seq: events.length ? this.seq++ : this.seq };
    if (events.length) for (const listener of this.listeners) listener(0, events, position);
    return position;
  }
}

/** A past that is as empty as the present. */
const noReader: StartReader = (heard) => ({ send: ({ n, call }) => heard({ n, text: emptyAnswers[call.read] }), end: () => {} });
const emptyAnswers = { one: 'null', all: '[]', page: '{"items":[]}', counts: '{}', command: 'null' };
const noRows: Rows = { one: async () => undefined, all: async () => [], page: async () => ({ items: [] }), counts: async () => ({}) };

interface Asking {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: string;
}

export interface Answered {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FakeGateway {
  readonly fastify: FastifyInstance;
  /** One request to it, as it is. */
  ask(request: Asking): Promise<Answered>;
  close(): Promise<void>;
  readonly log: FakeLog;
  readonly edge: Edge;
  readonly counts: Map<string, number>;
  /** Makes a key of that role. */
  key(workspace: string, role: Role, id?: string): string;
}

/** The HTTP edge over the real deciders, without database and network. */
export async function fakeGateway(more: Partial<Edge> = {}): Promise<FakeGateway> {
  const log = new FakeLog();
  const by = { command: 'c', actor: { key: 'system', name: 'system' } };
  for (const workspace of ['system', 'shop', 'vision']) log.scenario.given({ type: 'WorkspaceCreated', workspace, title: workspace, ...by });
  const real = realPorts();
  const ports: Ports = { ...real, clock: { now: () => log.scenario.now, monotonic: () => real.clock.monotonic() } };
  const counts = new Map<string, number>();
  const directory = new KeyDirectory(log, ports);
  const edge: Edge = {
    log, ports, directory, current: async () => true, owners: { of: async () => ['http://127.0.0.1:1'], at: async () => 'http://127.0.0.1:1' }, config: gatewayConfig({}), outcomes: new Outcomes(log, ports), rows: noRows, past: new Past(noReader, ports), live: new LiveStream(ports),
    secrets: { credentialKey: Buffer.alloc(32, 1), sealingKey: Buffer.alloc(32, 2) },
    records: log.kept, feed: new Feed({ driver: log.kept, ports: real, log: silentLog, partitions: 1 }) as unknown as Edge['feed'], heads: { ...memoryHeads(), publicKey: signerOf(Buffer.alloc(32, 3)).publicKey },
    artifacts: { put: async (content) => ({ hash: 'a'.repeat(64), size: await drain(content as AsyncIterable<Buffer>) }), get: async () => { throw new Error('none'); }, has: async () => false },
    limits: { keys: new RateLimit(1e6, ports.clock), strangers: new RateLimit(1e6, ports.clock) },
    reached: async () => true,
    turnedAway: (reason) => void counts.set(reason, (counts.get(reason) ?? 0) + 1),
    ...more,
  };
  const fastify = Fastify({ forceCloseConnections: true });
  const errors: Error[] = [];
  registerApi(fastify, edge, (error) => errors.push(error));
  await fastify.listen({ port: 0, host: '127.0.0.1' });
  await directory.refresh();
  const agent = new Agent({ keepAlive: true });
  return {
    fastify, log, edge, counts,
    ask: (request) => send((fastify.server.address() as AddressInfo).port, agent, request),
    close: async () => {
      agent.destroy();
      await fastify.close();
      if (errors.length) throw errors[0]!;
    },
    key(workspace, role, id = `${workspace}-${role}`) {
      const key = `nvk_${Buffer.from(sha256(id), 'hex').toString('base64url')}`;
      const event = { type: 'KeyCreated', workspace, key: id, name: id, role, hash: sha256(key), prefix: 'nvk_', ...by };
      log.scenario.given(event);
      (directory as unknown as { hear(event: Message): void }).hear(event);
      return key;
    },
  };
}

/** Not Fastify's inject: Jest on Node 20 cannot load what that needs. */
function send(port: number, agent: Agent, { method = 'GET', url, headers = {}, payload }: Asking): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const length = payload === undefined ? undefined : { 'content-length': String(Buffer.byteLength(payload)) };
    const outgoing = httpRequest({ port, host: '127.0.0.1', method, path: url, headers: { ...headers, ...length }, agent }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part)).on('error', reject);
      answer.on('end', () => resolve({ statusCode: answer.statusCode!, headers: answer.headers, body: Buffer.concat(parts).toString('utf8') }));
    });
    outgoing.on('error', reject).end(payload);
  });
}

async function drain(content: AsyncIterable<Buffer>): Promise<number> {
  let size = 0;
  for await (const bytes of content) size += bytes.length;
  return size;
}
