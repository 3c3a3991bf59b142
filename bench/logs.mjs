import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import pg from 'pg';
import { startKafka } from '../libs/log/dist/testing/index.js';

/**
 * The logs that can be measured. `open` starts what NovaCron finds there and answers `env`, what its services are told of it; `floor(databaseUrl)`, the writer of the floor;
 * `bytes(database)`, the size of the log on disk; and `close`.
 */
export const LOGS = {
  postgres: {
    write: 'durable row',
    open: async () => ({ env: {}, floor: rowWriter, bytes: relationSize, close: async () => {} }),
  },
  kafka: {
    write: 'record read back',
    async open() {
      const kafka = await startKafka();
      return { env: { NOVACRON_LOG: `kafka://${kafka.servers}` }, floor: () => recordWriter(kafka.servers), bytes: async () => logFiles(kafka.directory), close: () => kafka.stop() };
    },
  },
};

/** One INSERT with its commit after the other. */
async function rowWriter(databaseUrl) {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {}); // the next query says it
  await client.connect();
  await client.query('create table if not exists bench_floor (id int, body text)');
  let n = 0;
  return {
    write: (text) => client.query({ name: 'floor', text: 'insert into bench_floor values ($1, $2)', values: [n++, text] }),
    close: async () => {
      await client.query('drop table bench_floor');
      await client.end();
    },
  };
}

/** One record produced and consumed after the other, by kafkajs as it comes. */
async function recordWriter(servers) {
  const topic = 'bench-floor';
  const kafka = new Kafka({ brokers: servers.split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  const consumer = kafka.consumer({ groupId: topic });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topic, fromBeginning: true });
  let came = () => {};
  await consumer.run({ eachMessage: async () => came() });
  const write = (value) => {
    const round = new Promise((resolve) => (came = resolve));
    return Promise.all([producer.send({ topic, acks: -1, messages: [{ partition: 0, value }] }), round]);
  };
  await write('the consumer is there');
  return { write, close: () => Promise.all([producer.disconnect(), consumer.disconnect()]) };
}

/** Size on disk of the log's table with its index. */
async function relationSize(database) {
  await database.query('checkpoint');
  const { rows } = await database.query("select pg_total_relation_size('log_segment') as bytes");
  return Number(rows[0].bytes);
}

/** Of the services' topics; indexes are allocated ahead and say nothing. */
function logFiles(directory) {
  const files = readdirSync(directory, { recursive: true }).filter((path) => /novacron\.[^/]+\/[^/]+\.log$/.test(path));
  return files.reduce((sum, path) => sum + statSync(join(directory, path)).size, 0);
}
