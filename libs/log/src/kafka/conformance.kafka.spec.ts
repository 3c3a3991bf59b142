import { afterAll, beforeAll } from '@jest/globals';
import { realPorts } from '@novacron/kernel';
import { takesCopies } from '../conformance/copy.ts';
import { conformsAsDriver } from '../conformance/driver.ts';
import { survivesFaults } from '../conformance/faults.ts';
import { waitsForTheLog } from '../conformance/held.ts';
import { conformsAsHost } from '../conformance/host.ts';
import type { Installation } from '../conformance/installation.ts';
import { remembersThePast } from '../conformance/past.ts';
import { conformsAsSnapshots } from '../conformance/snapshots.ts';
import { MemoryLog } from '../memory.ts';
import { silentLog } from '../silent-log.ts';
import { startKafka, type KafkaCluster } from '../testing/index.ts';
import { KafkaLog } from './driver.ts';
import { prepareKafkaLog } from './prepare.ts';

let kafka: KafkaCluster;
let logs = 0;
beforeAll(async () => void (kafka = await startKafka()), 300_000);
afterAll(() => kafka.stop());

async function onKafka(partitions = 4): Promise<Installation> {
  const prefix = `log${++logs}.`;
  const settings = { brokers: [{ host: '127.0.0.1', port: kafka.nodes[0]!.port }], prefix, clientId: 'novacron', connectTimeoutMs: 2_000, requestTimeoutMs: 5_000 };
  await prepareKafkaLog(settings, { topics: ['alpha', 'beta', 'front', 'back'], partitions, ports: realPorts(), log: silentLog });
  const drivers: KafkaLog[] = [];
  // Snapshots and membership lie beside the log; here they are not what is tried.
  const beside = new MemoryLog();
  return {
    driver: () => {
      const driver = new KafkaLog(settings, { ports: realPorts(), log: silentLog });
      drivers.push(driver);
      return driver;
    },
    snapshots: () => beside.snapshotStore(),
    membership: () => beside.membership(),
    kill: async (address) => beside.members.expire(address),
    pause: async (address, paused) => (paused ? beside.members.expire(address) : beside.members.revive(address)),
    close: async () => void (await Promise.all(drivers.map((driver) => driver.close()))),
  };
}

conformsAsDriver('Kafka', onKafka);
conformsAsSnapshots('Kafka', onKafka);
conformsAsHost('Kafka', onKafka);
remembersThePast('Kafka', onKafka);
survivesFaults('Kafka', onKafka, 4);
waitsForTheLog('Kafka', onKafka);
takesCopies('Kafka', onKafka);
