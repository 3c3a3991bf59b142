import { expect, test } from '@jest/globals';
import { realPorts } from '@novacron/kernel';
import { front } from '../conformance/counting.ts';
import type { LogDriver } from '../driver.ts';
import { Holdings } from './holdings.ts';
import { Lane, type LaneEvents } from './lane.ts';
import type { HostOptions } from './options.ts';
import { FOLDED, OwnedPartition } from './partition.ts';

test('a lane that was held for a wrong clock and then lost its last partition keeps nobody waiting', async () => {
  const driver = { joint: true } as LogDriver;
  const holdings = new Holdings({ driver } as HostOptions);
  holdings.add(front as never, {});
  const owned = new OwnedPartition(front as never, 0, FOLDED);
  const lane = new Lane(driver, realPorts(), {} as LaneEvents);
  holdings.take(owned, () => lane);
  for (const each of holdings.distinctLanes()) each.hold(true);
  const settled = lane.barrier();
  holdings.drop(owned);
  for (const each of holdings.distinctLanes()) each.hold(false);
  await settled;
  expect(lane.busy).toBe(false);
});
