export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export const nameOf = (tp: TopicPartition): string => `${tp.topic}/${tp.partition}`;
/** `topic/partition` as its parts. */
export function partitionNamed(name: string): TopicPartition {
  const slash = name.lastIndexOf('/');
  return { topic: name.slice(0, slash), partition: Number(name.slice(slash + 1)) };
}

/** Consecutive commits of one partition, as texts. */
export interface Segment extends TopicPartition {
  readonly epoch: number;
  readonly owner: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly records: readonly string[];
}

export interface ClaimRequest extends TopicPartition {
  readonly epoch: number;
  readonly owner: string;
  /** Where the claimer is reached. */
  readonly address: string;
  /** The encoded claim. */
  readonly record: string;
}

/** How far a partition of the log reaches. */
export interface End {
  readonly epoch: number;
  readonly nextSeq: number;
}
/** By `topic/partition`. */
export type Ends = ReadonlyMap<string, End>;

/** What the log's own books say of a partition. */
export interface Head extends End {
  /** Of the owner, as its claim says. */
  readonly address: string;
}

/** What the log stores together: a segment or a claim, in log order. */
export interface Row {
  readonly epoch: number;
  /** Of the last commit in it; a claim carries that of the commit before it (-1 before the first). */
  readonly lastSeq: number;
  readonly records: readonly string[];
  /** Of each record, where the driver judged them itself; empty for a claim. */
  readonly hashes?: readonly string[];
}

/** A place between rows. */
export interface RowPosition {
  readonly lastSeq: number;
  readonly epoch: number;
}
export const START: RowPosition = { lastSeq: -1, epoch: 0 };
/** Behind all that reaches so far: where its reader goes on. */
export const positionOf = ({ nextSeq, epoch }: End): RowPosition => ({ lastSeq: nextSeq - 1, epoch });

/** What is known of a failed append. */
export type AppendFault =
  /** Nothing landed: these partitions are owned by another claim. */
  | { readonly kind: 'fenced'; readonly partitions: readonly TopicPartition[] }
  /** Nothing landed: full disk, shutdown, … */
  | { readonly kind: 'refused' }
  /** Nothing landed: the store does not take this content. */
  | { readonly kind: 'content' }
  /** It may have landed, or land later: only a claim and a look tell. */
  | { readonly kind: 'unknown' };

export class AppendError extends Error {
  readonly fault: AppendFault;
  /** `cause`: what the store said, which tells a store that is away from one that will never take this. */
  constructor(fault: AppendFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'AppendError';
    this.fault = fault;
  }
}

/**
 * The log, whatever keeps it. One conformance suite runs on all drivers. An append or claim that rejects with anything else than
 * `AppendError` counts as `unknown`.
 */
export interface LogDriver {
  /** True where one append over several partitions lands whole or not at all. */
  readonly joint: boolean;
  /** Appends claims; returns those that landed as valid. A rival that was faster makes its partition absent. */
  claim(requests: readonly ClaimRequest[]): Promise<readonly TopicPartition[]>;
  /** Resolves when the rule took all segments at their places in the log (in Postgres: when COMMIT returned). */
  append(segments: readonly Segment[]): Promise<void>;
  /** Rows after a place, oldest first, up to about `limit` bytes; empty at the head. */
  read(partition: TopicPartition, after: RowPosition, limit?: number): Promise<readonly Row[]>;
  /**
   * Every partition of the topics that was ever claimed, by `topic/partition`: where a claim starts, how far a reader is behind, who owns it. `patiently`: nobody waits for the answer; it need not
   * disturb a process at rest.
   */
  heads(topics: readonly string[], patiently?: boolean): Promise<ReadonlyMap<string, Head>>;
  /** Hints at what was appended or claimed, by this process or another: how far each of those partitions reaches now; nothing where it is not known which. A hint may be missed. */
  onAppend(listener: (ends: Ends) => void): () => void;
  /** This process decides no more for a partition that it claimed: others' appends to it are hinted at as soon as they come. Absent where they always are. */
  release?(partition: TopicPartition): void;
  /** There are other processes: from now on they are told of appends, and this one hears of theirs. Absent where that is always so. */
  share?(): void;
  /** This process asks the owners of these topics something, or asked somebody because of what came of them: more may come soon. Absent where what others append is hinted at as soon as it comes. */
  hurry?(topics: Iterable<string>): void;
  /** The log's clock, ms since the epoch. */
  now(): Promise<number>;
  close(): Promise<void>;
}

/** The part of a driver by which nothing can be changed. */
export type LogReader = Pick<LogDriver, 'read' | 'heads' | 'onAppend'>;
