import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { WebSocketServer, type WebSocket } from 'ws';
import { attemptId, fromAgent, toFleet, type AttemptResult, type FromAgent, type StartOrder, type ToAgent, type ToFleet, type Work } from '@novacron/contracts';

const TOKEN = 'nvn_test';
export const MAIN = join(import.meta.dirname, '../dist/main.js');

/** Gateway, fleet and executor of one agent under test, with what they were told. */
export class ControlPlane {
  readonly dir = mkdtempSync(join(tmpdir(), 'novacron-agent-'));
  readonly nodeDir = join(this.dir, 'node');
  readonly artifacts = new Map<string, Buffer>();
  readonly logs = new Map<string, string>();
  readonly credentials = new Set<string>();
  /** How often each artifact was asked for. */
  readonly served = new Map<string, number>();
  readonly received: FromAgent[] = [];
  readonly registered: Extract<ToFleet, { type: 'register' }>[] = [];
  /** Answers results with `acknowledged`. */
  acknowledges = true;
  epoch = 1;
  agent: ChildProcess | undefined;
  stderr = '';
  onResult: ((result: AttemptResult) => void) | undefined;
  #server: Server | undefined;
  #sockets: WebSocketServer | undefined;
  #executor: WebSocket | undefined;
  #connection = 0;
  #waiting = new Set<() => void>();

  async listen(port = 0): Promise<void> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    this.#server.on('upgrade', (request, socket, head) => {
      if (request.headers.authorization !== `Bearer ${TOKEN}`) return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      this.#sockets!.handleUpgrade(request, socket, head, (ws) => (request.url === '/agents/fleet' ? this.#fleet(ws) : this.#executors(ws)));
    });
    await new Promise<void>((resolve) => this.#server!.listen(port, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server!.address() as AddressInfo).port}`;
  }

  startAgent(env: Record<string, string> = {}): ChildProcess {
    mkdirSync(this.nodeDir, { recursive: true });
    writeFileSync(join(this.dir, 'token'), TOKEN);
    const agent = spawn(process.execPath, [MAIN], {
      env: { ...process.env, NOVACRON_URL: this.url, NOVACRON_NODE: 'node-1', NOVACRON_NODE_DIR: this.nodeDir, NOVACRON_NODE_TOKEN_FILE: join(this.dir, 'token'), SECRET_OF_THE_AGENT: 'x', ...env },
      stdio: ['pipe', 'inherit', 'pipe'],
    });
    agent.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#wake();
    });
    return (this.agent = agent);
  }

  /** Waits for a hello and the agent's first beat after it. */
  async connected(): Promise<Extract<FromAgent, { type: 'hello' }>> {
    const from = this.received.length;
    return this.until(() => {
      const since = this.received.slice(from);
      return since.some((m) => m.type === 'beat') ? (since.find((m) => m.type === 'hello') as Extract<FromAgent, { type: 'hello' }>) : undefined;
    });
  }

  async stopAgent(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { agent } = this;
    if (!agent || agent.exitCode !== null || agent.signalCode !== null) return;
    const gone = new Promise((resolve) => agent.once('exit', resolve));
    agent.kill(signal);
    await gone;
  }

  disconnect(): void {
    this.#executor?.terminate();
  }

  async close(): Promise<void> {
    await this.stopAgent();
    for (const ws of this.#sockets?.clients ?? []) ws.terminate();
    await new Promise((resolve) => this.#server!.close(resolve));
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Packs files as a workflow's folder; returns its hash. */
  async bundle(files: Record<string, string>): Promise<string> {
    const dir = mkdtempSync(join(this.dir, 'bundle-'));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), content);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of create({ gzip: true, cwd: dir, portable: true }, ['.'])) chunks.push(chunk as Buffer);
    return this.store(Buffer.concat(chunks));
  }

  store(content: Buffer): string {
    const hash = createHash('sha256').update(content).digest('hex');
    this.artifacts.set(hash, content);
    return hash;
  }

  order(task: string, work: Partial<Work>, more: Partial<StartOrder> = {}): StartOrder {
    return {
      partition: 0, epoch: this.epoch, connection: this.#connection, workspace: 'shop', workflow: 'flow', run: 'run-1', task, attempt: 1,
      work: { kind: 'function', params: {}, inputs: {}, grace: 1_000, ...work }, gpus: [], memory: 0, cpu: 0.05, credential: `nva_${task}`, ...more,
    };
  }

  send(message: ToAgent): void {
    this.#executor!.send(JSON.stringify(message));
  }

  start(...orders: StartOrder[]): void {
    this.send({ type: 'start', orders });
  }

  stop(order: Pick<StartOrder, 'run' | 'task' | 'attempt'>, grace = 500): void {
    this.send({ type: 'stop', orders: [{ partition: 0, epoch: this.epoch, connection: this.#connection, run: order.run, task: order.task, attempt: order.attempt, grace, reason: 'the user cancelled' }] });
  }

  acknowledge(order: Pick<StartOrder, 'run' | 'task' | 'attempt'>): void {
    this.send({ type: 'acknowledged', attempts: [{ run: order.run, task: order.task, attempt: order.attempt }] });
  }

  results(order: Pick<StartOrder, 'run' | 'task' | 'attempt'>): AttemptResult[] {
    return this.received.flatMap((m) => (m.type === 'results' ? m.results : [])).filter((r) => attemptId(r) === attemptId(order));
  }

  result(order: Pick<StartOrder, 'run' | 'task' | 'attempt'>, nth = 1): Promise<AttemptResult> {
    return this.until(() => this.results(order)[nth - 1]);
  }

  /** Looks again whenever something arrives. */
  until<T>(look: () => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const again = () => {
        const found = look();
        if (found === undefined || found === false) return;
        this.#waiting.delete(again);
        resolve(found);
      };
      this.#waiting.add(again);
      again();
    });
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }

  #fleet(ws: WebSocket): void {
    ws.on('message', (bytes: Buffer) => {
      const message = toFleet.parse(JSON.parse(bytes.toString()));
      if (message.type !== 'register') return;
      this.registered.push(message);
      ws.send(JSON.stringify({ type: 'registered' }));
      this.#wake();
    });
  }

  #executors(ws: WebSocket): void {
    this.#executor = ws;
    ws.on('message', (bytes: Buffer) => {
      const message = fromAgent.parse(JSON.parse(bytes.toString()));
      this.received.push(message);
      if (message.type === 'hello') ws.send(JSON.stringify({ type: 'welcome', connection: ++this.#connection }));
      if (message.type === 'results') {
        if (this.acknowledges) ws.send(JSON.stringify({ type: 'acknowledged', attempts: message.results.map(({ run, task, attempt }) => ({ run, task, attempt })) }));
        if (this.onResult) for (const result of message.results) this.onResult(result);
      }
      this.#wake();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    const [, path, chunk] = /^([^?]+)(?:\?chunk=(\d+))?$/.exec(request.url!)!;
    const credential = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const json = (value: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    if (path === '/api/v1/agent/services') return void json({ fleet: [this.url], executor: [this.url] });
    this.credentials.add(credential);
    if (request.method === 'PUT') return void json({ hash: this.store(body), size: body.length });
    if (chunk !== undefined) {
      this.logs.set(credential, (this.logs.get(credential) ?? '') + body.toString());
      this.#wake();
      return void json({});
    }
    const hash = path!.split('/').at(-1)!;
    const content = this.artifacts.get(hash);
    this.served.set(hash, (this.served.get(hash) ?? 0) + 1);
    this.#wake();
    if (content) response.end(content);
    else response.writeHead(404).end('no such artifact');
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
