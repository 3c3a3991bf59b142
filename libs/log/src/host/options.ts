import type { Ports } from '@novacron/kernel';
import type { LogDriver } from '../driver.ts';
import type { Membership } from '../membership.ts';
import type { SnapshotStore } from '../snapshot.ts';
import type { Contract } from './partition.ts';

export interface HostOptions extends Contract {
  readonly driver: LogDriver;
  readonly snapshots: SnapshotStore;
  readonly membership: Membership;
  readonly ports: Ports;
  /** Where this process is reached; recorded in its claims. */
  readonly address: string;
  readonly log: HostLog;
}

/** Where the host says what an operator must know. */
export interface HostLog {
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

/** Counters that health, metrics and benchmarks read. */
export interface HostCounters {
  commits: number;
  appends: number;
  failedAppends: Record<string, number>;
  ignored: Record<string, number>;
  quarantined: number;
  scanMarks: number;
  /** Members that this process saw last, itself among them. */
  members: number;
  /** Partitions that were taken, let go, and lost to another's claim. */
  taken: number;
  released: number;
  lost: number;
}
