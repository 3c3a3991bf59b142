import { conformsAsDriver } from './conformance/driver.ts';
import { conformsAsHost } from './conformance/host.ts';
import { survivesFaults } from './conformance/faults.ts';
import { waitsForTheLog } from './conformance/held.ts';
import type { Installation } from './conformance/installation.ts';
import { remembersThePast } from './conformance/past.ts';
import { conformsAsSnapshots } from './conformance/snapshots.ts';
import { MemoryLog } from './memory.ts';

const inMemory = (joint: boolean) => async (): Promise<Installation> => {
  const log = new MemoryLog();
  return { driver: () => log.driver({ joint, now: () => Date.now() }), snapshots: () => log.snapshotStore(), hint: () => log.hint(), close: async () => {} };
};

conformsAsDriver('memory', inMemory(true));
conformsAsSnapshots('memory', inMemory(true));
conformsAsHost('memory, joint', inMemory(true));
conformsAsHost('memory, one partition an append', inMemory(false));
remembersThePast('memory, joint', inMemory(true));
remembersThePast('memory, one partition an append', inMemory(false));
survivesFaults('memory, joint', inMemory(true), 1);
survivesFaults('memory, one partition an append', inMemory(false), 1);
waitsForTheLog('memory, joint', inMemory(true));
waitsForTheLog('memory, one partition an append', inMemory(false));
