import { MemoryLog } from '../memory.ts';
import type { MakeInstallation } from './installation.ts';

/** One log in memory for all processes of a test. `joint`: one append over several partitions lands whole or not at all. */
export const inMemory = (joint: boolean): MakeInstallation => async () => {
  const log = new MemoryLog();
  return {
    driver: () => log.driver({ joint, now: () => Date.now() }), snapshots: () => log.snapshotStore(), membership: () => log.membership(),
    kill: async (address) => log.members.expire(address), pause: async (address, paused) => (paused ? log.members.expire(address) : log.members.revive(address)), close: async () => {},
  };
};
