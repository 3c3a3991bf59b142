import type { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import type { Json, Message, Ports, Position, Refusal } from '@novacron/kernel';
import type { HeadStore, LogReader, PublicKey } from '@novacron/log';
import type { WebSocket } from 'ws';

/**
 * What libs/service gives the edges of a service (effects/, http/). Everything is injected by token:
 * `@Inject(logOf('executor')) log: ServiceLog`, `@Inject(PORTS) ports: Ports`, …
 */
export const logOf = (service: string): string => `novacron:log:${service}`;
/** A service's AppModule provides its effects under this token: `{provide: effectsOf('executor'), useClass: ExecutorEffects}`. */
export const effectsOf = (service: string): string => `novacron:effects:${service}`;
export const PORTS = 'novacron:ports';
export const SETTINGS = 'novacron:settings';
export const SECRETS = 'novacron:secrets';
export const ARTIFACTS = 'novacron:artifacts';
export const SOCKETS = 'novacron:sockets';
export const DATABASE = 'novacron:database';
export const FEED = 'novacron:feed';
export const OWNERS = 'novacron:owners';
export const METRICS = 'novacron:metrics';
/** What a process waits for before it can serve: a `Readiness`. */
export const READINESS = 'novacron:readiness';
export const LOGGER = 'novacron:logger';
export const RECORDS = 'novacron:records';
export const HEADS = 'novacron:heads';
export type { Ports };

/** A decision that is in the log. */
export interface Submitted {
  readonly events: readonly Message[];
  /** What the decider replied; default null. */
  readonly reply: Json;
  /** Of the commit; of the head it was decided on where the decision changed nothing. */
  readonly position: Position;
}

/** The service's own partitions, for its edges. */
export interface ServiceLog {
  /**
   * Gives a direct input (a command, a report) to the owner of the key's partition, in whichever process it is; resolves when the decision is in the
   * log. A refusal resolves as a value; `Unavailable` is thrown when nobody owns the partition for a while: ask again. It may be decided twice where an
   * answer was lost, so deciders say nothing new to the same input.
   */
  submit(key: string, message: Message): Promise<Submitted | Refusal>;
  /** The same by partition. */
  submitToOwner(partition: number, message: Message): Promise<Submitted | Refusal>;
  /** The same where this process is the owner, else `Unavailable`: for what rests on being it, such as an effect's outcome or a judgement about silence. */
  submitTo(partition: number, message: Message): Promise<Submitted | Refusal>;
  partitionOf(key: string): number;
  /** How many partitions each service has. */
  readonly partitions: number;
  /** Claims that this process holds now: partition to epoch. */
  owned(): ReadonlyMap<number, number>;
  /** Called when partitions came to this process or left it. */
  onOwned(listener: () => void): () => void;
  /** Called with each own commit when it is confirmed, in order per partition. */
  onConfirmed(listener: (partition: number, events: readonly Message[], position: Position) => void): () => void;
}

/** Who owns what, from the claims in the log (token OWNERS). */
export interface Owners {
  /** Addresses of the processes that own partitions of the service. */
  of(service: string): Promise<readonly string[]>;
  /** Address of the process that owns the partition, as its newest claim says. */
  at(service: string, partition: number): Promise<string | undefined>;
}

export class Unavailable extends Error {}

export interface EffectContext {
  /** `topic/partition/seq.n`: the idempotency key of the effect. */
  readonly id: string;
  readonly partition: number;
  readonly epoch: number;
  readonly time: number;
  /** Requested under an earlier claim: some of it may be done already, by another process perhaps. */
  readonly inherited: boolean;
  /** Aborted when the claim is lost or the process stops. */
  readonly signal: AbortSignal;
}

/**
 * Does what a commit requested. The message that it resolves to is the outcome: a direct input to the same partition, which also
 * ends the effect. Resolving to nothing leaves the effect open: some later input with field `effect: <id>` (or `effects: [ids]`) ends it.
 * A rejection is tried again with backoff. Open effects run again after a restart or take-over: receivers must be idempotent by id.
 */
export type EffectHandler = (effect: never, context: EffectContext) => Promise<Message | undefined> | undefined;
export type Effects = Readonly<Record<string, EffectHandler>>;

/** Bytes by content. Local directory now, S3 later; one conformance suite. */
export interface ArtifactStore {
  /** Stores the stream; refuses over `limit` bytes with `TooLarge`, and content that is not `expected` with `HashMismatch`. */
  put(content: Readable | Uint8Array, options?: { limit?: number; expected?: string }): Promise<{ hash: string; size: number }>;
  get(hash: string): Promise<Readable>;
  has(hash: string): Promise<boolean>;
}

/** Secrets of the installation, each a 0600 file made at first start. */
export interface Secrets {
  /** Signs node and attempt credentials. */
  readonly credentialKey: Buffer;
  /** Seals webhook keys and Slack URLs (AES-256-GCM); NOVACRON_KEK replaces the file. */
  readonly sealingKey: Buffer;
}

/** The log as it lies there, for who may read all of it (token RECORDS). */
export type Records = LogReader;

/** Signed heads of all partitions, and the key that they are checked with (token HEADS). */
export interface SignedHeads extends HeadStore {
  readonly publicKey: PublicKey;
}

export interface Settings {
  readonly dataDir: string;
  /** Address where this process is reached: `http://127.0.0.1:7411`. */
  readonly address: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** WebSockets beside the HTTP routes; a path that is not registered, or not authorized, is refused before the upgrade. */
export interface Sockets {
  route(path: string, route: { authorize(request: IncomingMessage): boolean | Promise<boolean>; open(socket: WebSocket, request: IncomingMessage): void }): void;
}

/** Where one partition of a followed topic stands: stored as it is and handed back. */
export type Cursor = Json;

/** One commit as a follower of topics sees it. */
export interface Followed {
  readonly topic: string;
  readonly partition: number;
  readonly seq: number;
  readonly epoch: number;
  readonly time: number;
  /** The source commit that it answers; of a direct input, `command`, `timer:<id>` or `effect`. */
  readonly source?: Position | undefined;
  readonly cause?: string | undefined;
  readonly events: readonly Message[];
  readonly cursor: Cursor;
}

/** Reads whole topics for projections and live streams. */
export interface Feed {
  /**
   * Hands over every commit behind the cursors (by `topic/partition`; absent: from the start), in order per partition, one batch at a
   * time: the next when the handler resolved. A batch together with those before it is causally closed: no commit comes before one that
   * it answers, whatever its topic, so "the cause is projected" follows from "the answer is projected". After a rejection the same batch
   * comes again.
   */
  follow(topics: readonly string[], from: ReadonlyMap<string, Cursor>, handler: (batch: readonly Followed[]) => Promise<void>): Following;
}

export interface Following {
  /** Resolves to true when all that the log holds of the topics by now is handed over, to false when that takes longer than `ms`. */
  current(topics: readonly string[], ms: number): Promise<boolean>;
  /** Somebody waits: hand over what there is without gathering more. */
  nudge(): void;
  stop(): Promise<void>;
}

/** PostgreSQL as the process reaches it (token DATABASE). */
export interface Database {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
}
