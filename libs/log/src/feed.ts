import type { Message, Ports, Position } from '@novacron/kernel';
import type { LogDriver } from './driver.ts';
import { Follower } from './follower.ts';
import type { Host } from './host/host.ts';
import type { HostLog } from './host/options.ts';
import type { RuleState } from './rule.ts';

/** A commit that is in the log, for readers that decide nothing: projections, streams, audits. */
export interface Followed extends Position {
  readonly epoch: number;
  readonly time: number;
  readonly cause: string | undefined;
  /** The source commit that it answers. */
  readonly source: Position | undefined;
  readonly events: readonly Message[];
  /** Where reading goes on after this commit: stored by the reader, opaque to it. */
  readonly cursor: RuleState;
}

export interface Following {
  /** Resolves to true when all that the log holds of the topics by now is handed over, to false when that takes longer than `ms`. */
  current(topics: readonly string[], ms: number): Promise<boolean>;
  /** Ends the current wait for more commits, so that a reader that is waited for has them at once. */
  nudge(): void;
  stop(): Promise<void>;
}

export interface FeedOptions {
  readonly driver: LogDriver;
  readonly ports: Ports;
  readonly log: HostLog;
  readonly partitions: number;
  /** The host of this process: its commits need not be read again. */
  readonly host?: Host;
}

/**
 * Hands valid commits of whole topics to readers, in order per partition, from their cursors on; never a commit before the one that it
 * answers, so every batch with those before it is causally closed.
 */
export class Feed {
  private readonly options: FeedOptions;

  constructor(options: FeedOptions) {
    this.options = options;
  }

  /** The handler gets the next batch when it has done with the last; a rejection is tried again. */
  follow(topics: readonly string[], from: ReadonlyMap<string, RuleState>, handler: (batch: readonly Followed[]) => Promise<void>): Following {
    return new Follower(this.options, topics, from, handler);
  }
}
