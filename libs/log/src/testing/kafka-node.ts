import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaPrograms } from './kafka-programs.ts';
import { until } from './until.ts';

/** Runs a program and kills it when whoever started this has gone: a broker must not outlive its test, however that ends. */
const GUARD = `
const { spawn } = require('node:child_process');
const [command, ...args] = process.argv.slice(1);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
process.send(child.pid);
process.on('disconnect', () => child.kill('SIGKILL'));
child.on('exit', (code) => process.exit(code ?? 1));
`;
const START_MS = 120_000;
/** That a port answers says less: of several listeners one may still fail, and then the broker ends. */
const STARTED = 'Kafka Server started';
const PORT_TAKEN = 'Address already in use';
const LOG4J_YAML = `Configuration:
  Appenders: {Console: {name: out, PatternLayout: {pattern: "%d{HH:mm:ss.SSS} %p %c{1} %m%n"}}}
  Loggers:
    Root: {level: warn, AppenderRef: {ref: out}}
    Logger: {name: kafka.server.KafkaRaftServer, level: info}\n`;
const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw';

export interface NodePorts {
  readonly client: number;
  readonly controller: number;
  /** For a listener of the test's own. */
  readonly spare: number;
}

/** Between the moment in which a port was free and the broker's start somebody else took it. */
export class PortTaken extends Error {}

/** One broker, which is a controller too; its directory survives `kill` and `start`. */
export class KafkaNode {
  readonly id: number;
  readonly port: number;
  readonly sparePort: number;
  /** Everything of this broker: `server.properties`, `log4j2.yaml`, `broker.log`, `data/`. */
  readonly directory: string;
  private readonly properties: string;
  private guard: ChildProcess | undefined;
  /** Of the Java process, while it runs. */
  pid: number | undefined;

  constructor(id: number, all: readonly NodePorts[], directory: string, settings: Readonly<Record<string, string>>) {
    this.id = id;
    this.port = all[id - 1]!.client;
    this.sparePort = all[id - 1]!.spare;
    this.directory = join(directory, `node-${id}`);
    this.properties = join(this.directory, 'server.properties');
    mkdirSync(this.directory, { recursive: true });
    const lines = Object.entries({ ...defaults(id, all, this.dataDirectory), ...settings }).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(this.properties, lines.join(''));
    writeFileSync(this.loggers, LOG4J_YAML);
  }

  get dataDirectory(): string {
    return join(this.directory, 'data');
  }

  private get loggers(): string {
    return join(this.directory, 'log4j2.yaml');
  }

  /** Gives the broker an empty disk with the cluster's id on it. */
  async format(users: readonly string[] = []): Promise<void> {
    rmSync(this.dataDirectory, { recursive: true, force: true });
    const child = this.java(['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', this.properties, ...users.flatMap((user) => ['--add-scram', user])]);
    const [code] = (await once(child, 'exit')) as [number];
    if (code !== 0) throw new Error(`Kafka's disk cannot be formatted:\n${lastLines(this.said())}`);
  }

  /** Starts the broker; resolves when it says that it has started. */
  async start(): Promise<void> {
    const before = this.said().length;
    const child = this.java(['kafka.Kafka', this.properties]);
    let ended = false;
    child.once('exit', () => (ended = true));
    const now = () => this.said().slice(before);
    try {
      await until(() => ended || now().includes(STARTED), `broker ${this.id} to start`, START_MS);
    } catch (error) {
      throw new Error(`${(error as Error).message}; it says:\n${lastLines(now())}`);
    }
    if (!ended) return;
    if (now().includes(PORT_TAKEN)) throw new PortTaken(`a port of broker ${this.id} was taken; it says:\n${lastLines(now())}`);
    throw new Error(`broker ${this.id} of Kafka does not start; it says:\n${lastLines(now())}`);
  }

  /** As a power cut of this machine's processes would: nothing is said any more, nothing is flushed. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Hands leadership on and closes its files, as an operator would. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { guard, pid } = this;
    if (!guard || pid === undefined || guard.exitCode !== null) return;
    process.kill(pid, signal);
    await until(() => guard.exitCode !== null || guard.signalCode !== null, `broker ${this.id} to end on ${signal}`);
    this.guard = this.pid = undefined;
  }

  private said(): string {
    const log = join(this.directory, 'broker.log');
    return existsSync(log) ? readFileSync(log, 'utf8') : '';
  }

  private java(args: string[]): ChildProcess {
    const programs = kafkaPrograms();
    const output = openSync(join(this.directory, 'broker.log'), 'a');
    const java = ['java', '-Xmx512m', '-XX:+UseSerialGC', `-Dlog4j2.configurationFile=file:${this.loggers}`, '-cp', join(programs, 'libs', '*'), ...args];
    const child = spawn(process.execPath, ['-e', GUARD, ...java], { stdio: ['ignore', output, output, 'ipc'], cwd: this.directory });
    closeSync(output);
    child.once('message', (pid) => (this.pid = pid as number));
    this.guard = child;
    return child;
  }
}

/** For a message, since the file goes with the cluster's directory; without the places in Kafka's own source. */
const lastLines = (text: string): string => text.trimEnd().split('\n').filter((line) => !line.startsWith('\tat ')).slice(-20).join('\n');

function defaults(id: number, all: readonly NodePorts[], data: string): Record<string, string> {
  const { client, controller } = all[id - 1]!;
  const copies = String(Math.min(3, all.length));
  const enough = String(Math.max(1, all.length - 1));
  return {
    'process.roles': 'broker,controller', 'node.id': String(id), 'log.dirs': data,
    'controller.quorum.voters': all.map((ports, i) => `${i + 1}@127.0.0.1:${ports.controller}`).join(','),
    listeners: `PLAINTEXT://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller}`, 'advertised.listeners': `PLAINTEXT://127.0.0.1:${client}`,
    'controller.listener.names': 'CONTROLLER', 'inter.broker.listener.name': 'PLAINTEXT', 'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'offsets.topic.replication.factor': copies, 'offsets.topic.num.partitions': '1', 'transaction.state.log.replication.factor': copies, 'transaction.state.log.min.isr': enough,
    'transaction.state.log.num.partitions': '1', 'share.coordinator.state.topic.replication.factor': copies, 'share.coordinator.state.topic.min.isr': enough,
    'group.initial.rebalance.delay.ms': '0', 'auto.create.topics.enable': 'false', 'log.retention.ms': '-1',
    // A dead broker is noticed in seconds, so that tests of take-over end in seconds.
    'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500', 'replica.lag.time.max.ms': '3000',
  };
}
