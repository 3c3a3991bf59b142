import type { LogDriver } from '../driver.ts';
import type { Membership } from '../membership.ts';
import type { SnapshotStore } from '../snapshot.ts';

/** One log that several processes of a test may use. */
export interface Installation {
  /** A driver of its own for each process of the test. */
  driver(): LogDriver;
  snapshots(): SnapshotStore;
  /** Of the process at that address. */
  membership(address: string): Membership;
  /** As kill -9 of that process: its membership says and hears nothing any more. */
  kill(address: string): Promise<void>;
  /** As SIGSTOP and SIGCONT. */
  pause(address: string, paused: boolean): Promise<void>;
  /** Ends what the test left open. */
  close(): Promise<void>;
}

/** Makes an empty log of so many partitions a topic (default 4), where they are made beforehand. */
export type MakeInstallation = (partitions?: number) => Promise<Installation>;
