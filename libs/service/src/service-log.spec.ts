import { afterEach, expect, it } from '@jest/globals';
import { defineService, realPorts, table, type Message } from '@novacron/kernel';
import { Host, MemoryLog, silentLog } from '@novacron/log';
import { serviceLog } from './service-log.ts';

const schema = { none: table<object>() };
const front = defineService({ name: 'front', foldVersion: 1, schema, reactions: { Ask: () => [{ type: 'Asked' }] }, folds: {} });
const back = defineService({ name: 'back', foldVersion: 1, schema, reactions: { Asked: () => [{ type: 'Answered' }] }, folds: {} });

let host: Host;
afterEach(() => host.stop());

it('tells of a commit once what this process decides on it is on its way to the log', async () => {
  const memory = new MemoryLog();
  const driver = memory.driver({ joint: false, now: () => Date.now() });
  const order: string[] = [];
  const append = driver.append.bind(driver);
  driver.append = (segments) => {
    for (const { topic } of segments) order.push(`${topic} appends`);
    return append(segments);
  };
  host = new Host({
    driver, snapshots: memory.snapshotStore(), membership: memory.membership(), ports: realPorts(), address: 'here', partitions: 1, log: silentLog,
    addressesOf: ({ type }: Message) => (type === 'Asked' ? [{ service: 'back', key: 'k' }] : []), hears: { front: [], back: ['front'] },
  });
  host.add(front as never);
  host.add(back as never);
  await host.start();
  const log = serviceLog(host, 'front');
  log.onConfirmed((_, events) => order.push(`told of ${events.map(({ type }) => type).join()}`));
  await log.submit('k', { type: 'Ask' });
  order.push('answered');
  expect(order).toEqual(['front appends', 'back appends', 'told of Asked', 'answered']);
});
