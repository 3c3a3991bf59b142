import { takesCopies } from './conformance/copy.ts';
import { conformsAsDriver } from './conformance/driver.ts';
import { conformsAsHost } from './conformance/host.ts';
import { survivesFaults } from './conformance/faults.ts';
import { waitsForTheLog } from './conformance/held.ts';
import type { Installation } from './conformance/installation.ts';
import { remembersThePast } from './conformance/past.ts';
import { conformsAsMembership } from './conformance/membership.ts';
import { sharesPartitions } from './conformance/sharing.ts';
import { conformsAsSnapshots } from './conformance/snapshots.ts';
import { MemoryLog } from './memory.ts';

const inMemory = (joint: boolean) => async (): Promise<Installation> => {
  const log = new MemoryLog();
  return {
    driver: () => log.driver({ joint, now: () => Date.now() }), snapshots: () => log.snapshotStore(), membership: () => log.membership(),
    kill: async (address) => log.members.expire(address), pause: async (address, paused) => (paused ? log.members.expire(address) : log.members.revive(address)), close: async () => {},
  };
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
conformsAsMembership('memory', inMemory(true));
sharesPartitions('memory, joint', inMemory(true), 100);
sharesPartitions('memory, one partition an append', inMemory(false), 60);
takesCopies('memory', inMemory(true));
takesCopies('memory, one partition an append', inMemory(false));
