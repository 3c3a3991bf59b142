import { realPorts } from '@novacron/kernel';
import { decode, rebuildPartition, START } from '@novacron/log';
import { logToRead } from '@novacron/service';
import { definitions } from '../../apps/standalone/dist/definitions.js';

/** Every service's state again from the log that this bench has written, without snapshots; each record's chain and each state hash is checked. */
export function rebuildWorkload({ target }) {
  return {
    name: 'rebuild',
    prepare: () => {},
    async measure({ env, databaseUrl, repeats }) {
      const driver = logToRead(env, databaseUrl, { ports: realPorts(), log: console });
      try {
        const partitions = await allPartitions(driver);
        const { records, events } = await count(driver, partitions);
        const seconds = [];
        for (let i = 0; i < repeats; i++) seconds.push(await rebuild(driver, partitions));
        return [
          { workload: 'rebuild', unit: 'records/s', values: seconds.map((time) => records / time), target, higherIsBetter: true },
          { workload: 'rebuild', unit: 'events/s', values: seconds.map((time) => events / time), higherIsBetter: true },
        ];
      } finally {
        await driver.close();
      }
    },
  };
}

async function allPartitions(driver) {
  const heads = await driver.heads(definitions.map(({ name }) => name));
  return definitions.flatMap((definition) => [...heads.keys()].map((name) => name.split('/')).filter(([topic]) => topic === definition.name).map(([, partition]) => ({ definition, partition: Number(partition) })));
}

async function rebuild(driver, partitions) {
  const start = performance.now();
  for (const { definition, partition } of partitions) {
    const { fault } = await rebuildPartition({ driver, definition, partition });
    if (fault) throw new Error(fault);
  }
  return (performance.now() - start) / 1000;
}

/** How many commits there are, and how many events are in them. */
async function count(driver, partitions) {
  let [records, events] = [0, 0];
  for (const { definition, partition } of partitions) {
    const source = { topic: definition.name, partition };
    for (let rows = await driver.read(source, START); rows.length > 0; rows = await driver.read(source, rows.at(-1))) {
      for (const record of rows.flatMap((row) => row.records).map(decode)) {
        if (record.kind !== 'commit') continue;
        records++;
        events += record.events.length;
      }
    }
  }
  return { records, events };
}
