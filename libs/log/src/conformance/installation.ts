import type { LogDriver, OwnershipHint } from '../driver.ts';
import type { SnapshotStore } from '../snapshot.ts';

/** One log that several processes of a test may use. */
export interface Installation {
  /** A driver of its own for each process of the test. */
  driver(): LogDriver;
  snapshots(): SnapshotStore;
  hint(): OwnershipHint;
  /** Ends what the test left open. */
  close(): Promise<void>;
}

/** Makes an empty log. */
export type MakeInstallation = () => Promise<Installation>;
