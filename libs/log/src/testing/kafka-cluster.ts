import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, Partitioners, type Admin, type Producer, type ProducerConfig } from 'kafkajs';
import type { FaultProxy } from './fault-proxy.ts';
import { freePort } from './free-port.ts';
import { KafkaNode, PortTaken, type NodePorts } from './kafka-node.ts';
import { kafkaPrograms } from './kafka-programs.ts';
import { until } from './until.ts';

export interface ClusterSpec {
  /** Brokers; each is a controller too. Default 1. */
  readonly nodes?: 1 | 3;
  /** Lines of `server.properties` beside our own. */
  readonly settings?: (ports: NodePorts) => Readonly<Record<string, string>>;
  /** The one broker's clients are sent here, and from here to the broker. */
  readonly behind?: FaultProxy;
  /** SCRAM users, as `kafka-storage format --add-scram` takes them. */
  readonly users?: readonly string[];
}

/** A real Kafka of one or three brokers on free ports of the loopback, with a directory of its own that goes when it is stopped. */
export interface KafkaCluster {
  readonly nodes: readonly KafkaNode[];
  /** `host:port,…`, as NOVACRON_LOG takes it after `kafka://`. */
  readonly servers: string;
  readonly directory: string;
  admin<T>(work: (admin: Admin) => Promise<T>): Promise<T>;
  /** With a producer as kafkajs makes it. */
  producing<T>(config: ProducerConfig, work: (producer: Producer) => Promise<T>): Promise<T>;
  /** As any other client would write there. */
  produce(topic: string, partition: number, texts: readonly string[]): Promise<void>;
  /** What lies in a partition, as any other client would read it. */
  records(topic: string, partition: number): Promise<string[]>;
  stop(): Promise<void>;
}

const TRIES = 3;

/** Starts Kafka; resolves when all brokers have started and know each other. */
export async function startKafka(spec: ClusterSpec = {}): Promise<KafkaCluster> {
  for (let tried = 1; ; tried++) {
    try {
      return await start(spec);
    } catch (error) {
      // Another that starts at the same time may have found the same port free.
      if (!(error instanceof PortTaken) || tried === TRIES) throw error;
    }
  }
}

async function start({ nodes: count = 1, settings = () => ({}), behind, users = [] }: ClusterSpec): Promise<KafkaCluster> {
  kafkaPrograms();
  const directory = mkdtempSync(join(tmpdir(), 'novacron-kafka-'));
  const ports = await Promise.all(Array.from({ length: count }, async () => ({ client: await freePort(), controller: await freePort(), spare: await freePort() })));
  const advertised: Record<string, string> = behind ? { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${behind.port}` } : {};
  behind?.to(ports[0]!.client);
  const nodes = ports.map((own, i) => new KafkaNode(i + 1, ports, directory, { ...advertised, ...settings(own) }));
  const servers = ports.map(({ client }) => `127.0.0.1:${client}`).join(',');
  const producing = <T>(config: ProducerConfig, work: (producer: Producer) => Promise<T>) => withProducer(servers, config, work);
  const produce = async (topic: string, partition: number, texts: readonly string[]) => {
    await producing({}, (producer) => producer.send({ topic, acks: -1, messages: texts.map((value) => ({ partition, value })) }));
  };
  const records = (topic: string, partition: number) => recordsOf(servers, topic, partition);
  const admin = <T>(work: (admin: Admin) => Promise<T>) => withAdmin(servers, work);
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    for (const node of nodes) await node.format(users);
    await Promise.all(nodes.map((node) => node.start()));
    // With listeners of the test's own there may be none that an admin without credentials can ask.
    if (users.length === 0) await until(async () => (await admin((asked) => asked.describeCluster())).brokers.length === count, `${count} brokers that know each other`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, servers, directory, admin, producing, produce, records, stop };
}

const clientOf = (servers: string) => new Kafka({ clientId: 'novacron-tests', brokers: servers.split(','), logLevel: logLevel.NOTHING, retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 500 } });

async function withProducer<T>(servers: string, config: ProducerConfig, work: (producer: Producer) => Promise<T>): Promise<T> {
  const producer = clientOf(servers).producer({ createPartitioner: Partitioners.DefaultPartitioner, ...config });
  await producer.connect();
  try {
    return await work(producer);
  } finally {
    await producer.disconnect();
  }
}

async function recordsOf(servers: string, topic: string, partition: number): Promise<string[]> {
  const ends = await withAdmin(servers, (admin) => admin.fetchTopicOffsets(topic));
  const last = Number(ends.find((each) => each.partition === partition)!.offset) - 1;
  const consumer = clientOf(servers).consumer({ groupId: `tests-${topic}-${partition}` });
  const found: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    if (last < 0) return resolve();
    consumer.run({
      eachMessage: async ({ partition: from, message }) => {
        if (from !== partition) return;
        found.push(message.value?.toString() ?? '');
        if (Number(message.offset) === last) resolve();
      },
    }).catch(reject);
  });
  await consumer.disconnect();
  return found;
}

async function withAdmin<T>(servers: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = clientOf(servers).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
