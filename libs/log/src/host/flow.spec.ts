import { afterEach, expect, test } from '@jest/globals';
import { count, hostOn, tell, until } from '../conformance/counting.ts';
import { bound } from '../conformance/faults.ts';
import { inMemory } from '../conformance/in-memory.ts';
import type { Host } from './host.ts';

const hosts: Host[] = [];
afterEach(() => Promise.all(hosts.splice(0).map((host) => host.stop())));

test('the log is told who is asked, and who made somebody ask, and of nothing else that is decided', async () => {
  const installation = await inMemory(false)();
  const hurried: Record<'front' | 'back', string[][]> = { front: [], back: [] };
  for (const name of ['front', 'back'] as const) hosts.push(hostOn(installation, { services: [name], wrap: (driver) => ({ ...bound(driver), hurry: (topics) => void hurried[name].push([...topics]) }) }));
  const [asking] = hosts;
  await Promise.all(hosts.map((host) => host.start()));
  await tell(asking!, 'Shout', 'k', { times: 3 });
  expect(hurried).toEqual({ front: [], back: [] });
  await tell(asking!, 'Ask', 'k', { id: '1' });
  await until(() => count(asking!, 'heard', 'k') === 1);
  expect(hurried).toEqual({ front: [['back']], back: [['front']] });
});
