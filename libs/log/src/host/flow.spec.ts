import { expect, test } from '@jest/globals';
import { count, hostOn, tell, until } from '../conformance/counting.ts';
import { bound } from '../conformance/faults.ts';
import { MemoryLog } from '../memory.ts';

test('the log is told of questions, which may be answered soon, and of nothing else that is decided', async () => {
  const log = new MemoryLog();
  const installation = { driver: () => log.driver({ joint: false, now: () => Date.now() }), snapshots: () => log.snapshotStore(), membership: () => log.membership() };
  const hurried = { front: 0, back: 0 };
  const hosts = (['front', 'back'] as const).map((name) => hostOn(installation, { services: [name], wrap: (driver) => ({ ...bound(driver), hurry: () => hurried[name]++ }) }));
  const [asking] = hosts;
  await Promise.all(hosts.map((host) => host.start()));
  await tell(asking!, 'Shout', 'k', { times: 3 });
  expect(hurried).toEqual({ front: 0, back: 0 });
  await tell(asking!, 'Ask', 'k', { id: '1' });
  await until(() => count(asking!, 'heard', 'k') === 1);
  expect(hurried).toEqual({ front: 1, back: 1 });
  await Promise.all(hosts.map((host) => host.stop()));
});
