import type { Position } from '@novacron/kernel';
import type { ArtifactStore, Feed, Owners, Ports, Records, Secrets, ServiceLog, SignedHeads } from '@novacron/service';
import type { GatewayConfig } from '../config.ts';
import type { KeyDirectory } from './key-directory.ts';
import type { LiveStream } from './live-stream.ts';
import type { Outcomes } from './outcomes.ts';
import type { At } from '@novacron/log';
import type { Past } from '../past/past.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Rows } from './rows.ts';

/** Everything that a request may touch. */
export interface Edge {
  readonly log: ServiceLog;
  readonly ports: Ports;
  readonly owners: Owners;
  readonly config: GatewayConfig;
  readonly secrets: Secrets;
  readonly artifacts: ArtifactStore;
  readonly directory: KeyDirectory;
  readonly outcomes: Outcomes;
  /** The read side: as it is, or as it was at `moment`. */
  readonly rows: Rows;
  readonly past: Past;
  /** Set where a request asks about the past. */
  readonly moment?: At;
  readonly live: LiveStream;
  /** The whole log, for admins of the installation. */
  readonly records: Records;
  readonly feed: Feed;
  readonly heads: SignedHeads;
  readonly limits: { readonly keys: RateLimit; readonly strangers: RateLimit };
  /** Whether the projection holds the position within `ms`. */
  reached(position: Position, ms: number): Promise<boolean>;
  /** Resolves to true when the directory has heard all that the log holds by now, as keys and workspaces may have been made at another gateway a moment ago; to false when that takes too long. */
  current(): Promise<boolean>;
  /** Counts what was refused at the door, by reason. */
  turnedAway(reason: string): void;
}
