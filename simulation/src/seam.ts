import type { Capacity, StartOrder } from '@novacron/contracts';
import type { Json, Message, Position, Refusal } from '@novacron/kernel';
import type { Dice } from './dice.ts';

/** What the world, the workload and the checker know of each other. Times are virtual ms since the epoch. */

/** How a call ended for the client; `unknown` where no answer came: it may have been taken, or be taken later. */
export type Answered =
  | { readonly at: number; readonly kind: 'acknowledged'; readonly position: Position; readonly events: readonly Message[]; readonly reply: Json }
  | { readonly at: number; readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly at: number; readonly kind: 'unknown' };

/** One direct input that a client gave to the owner of a partition. */
export interface Call {
  readonly client: string;
  readonly at: number;
  readonly service: string;
  readonly partitionKey: string;
  readonly message: Message;
  /** The same in every repeat of the same wish. */
  readonly key: string | undefined;
  answered?: Answered;
}

/** What happened on a node, told by the machine and not by the agent. */
export interface NodeFact {
  readonly at: number;
  readonly pool: string;
  readonly node: string;
  /** `began` and `ended`: user code; `killed`: the machine's agent died and user code with it; `obeyed`: the agent acted upon a stop. */
  readonly kind: 'began' | 'ended' | 'killed' | 'obeyed';
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly gpus: readonly number[];
  /** Fence of the order that led to it. */
  readonly partition: number;
  readonly epoch: number;
}

/** An effect's handler was called by an instance. */
export interface EffectDone {
  readonly at: number;
  readonly instance: string;
  readonly service: string;
  /** `topic/partition/seq.n`. */
  readonly id: string;
  readonly type: string;
  readonly partition: number;
  readonly epoch: number;
}

/** State hash of a partition at a position, as one reader has it. */
export interface StateHash {
  readonly at: number;
  readonly topic: string;
  readonly partition: number;
  readonly seq: number;
  readonly hash: string;
  /** Who folded: a live owner, or a fold of the whole log at the end. */
  readonly reader: string;
}

/** What the outside saw. Lists only grow. */
export interface History {
  readonly calls: readonly Call[];
  readonly nodes: readonly NodeFact[];
  readonly effects: readonly EffectDone[];
  readonly hashes: readonly StateHash[];
  /** Everything that left the system as text beside the log: lines of instances' logs, snapshots. */
  readonly texts: readonly string[];
}

/** The log as it lies there: claims, commits, and whatever stale, double or garbled landed between them, in the order in which it landed. */
export interface LogView {
  /** `topic/partition` of everything that has a record. */
  partitions(): readonly string[];
  /** The partition's records from the n-th on. */
  records(partition: string, from: number): readonly string[];
}

export interface Violation {
  /** Number in ARCHITECTURE.md, "Invariants"; 9 is liveness. */
  readonly invariant: number;
  readonly at: number;
  readonly what: string;
  /** Position, run, attempt, call: whatever finds it again. */
  readonly where: string;
}

/** Reads only the log and the histories. */
export interface Checker {
  /** Called after every step that changed the log or a history: reads what is new. */
  step(log: LogView, history: History, now: number): readonly Violation[];
  /** Nothing that was read so far is still to end: runs, tasks, attempts, commands, deliveries. */
  settled(): boolean;
  /** Once, at the end. */
  end(log: LogView, history: History, facts: { readonly faultsStoppedAt: number; readonly now: number }): readonly Violation[];
}
export type MakeChecker = (workload: Workload, world: { readonly partitions: number }) => Checker;

/** A client's only way to the system. Nothing of it throws or rejects. */
export interface ClientPort {
  readonly name: string;
  readonly dice: Dice;
  now(): number;
  wait(ms: number): Promise<void>;
  /**
   * Gives a direct input to whichever instance seems to own the partition of the key, as the services' edges do; tried again elsewhere where
   * it certainly was not taken; `unknown` when no answer came within `patience` (default 5 s).
   */
  call(input: { readonly service: string; readonly partitionKey: string; readonly message: Message; readonly key?: string; readonly patience?: number }): Promise<Answered>;
  /** Puts a whole file of that size into the workspace's inbox. */
  drop(workspace: string, file: string, size: number): void;
  /** Ciphertext as the gateway's edge makes it of what must not stand in the log. */
  seal(text: string): string;
}

export interface ClientScript {
  readonly name: string;
  run(port: ClientPort): Promise<void>;
}

/** What user code does with an attempt. */
export interface UserCode {
  readonly takes: number;
  readonly outcome:
    | { readonly kind: 'succeeded'; readonly outputs: Readonly<Record<string, Json>> }
    | { readonly kind: 'failed'; readonly failure: { readonly class: 'transient' | 'permanent' | 'data' | 'resource'; readonly code: string; readonly message: string } };
  /** Lines that it writes while it runs. */
  readonly says: readonly string[];
  /** Ignores being asked to end, until it is killed. */
  readonly stubborn?: boolean;
}

export interface SimulatedNode {
  readonly pool: string;
  readonly name: string;
  readonly capacity: Capacity;
  /** ms after the start when its agent comes up. */
  readonly from: number;
}

/** What is asked of the system under one seed, and what the world around it does. Everything follows from the dice it was made with. */
export interface Workload {
  readonly size: 'small' | 'large';
  readonly nodes: readonly SimulatedNode[];
  /** Run from the start at once; the first may prepare (workspaces, keys, pools) what the others wait for. */
  readonly clients: readonly ClientScript[];
  /** Must depend on the order alone (and the seed): it is asked again for a repeated order. */
  userCode(order: StartOrder): UserCode;
  /** What a receiver of notifications answers to the n-th post (from 0) of one delivery. */
  receive(url: string, delivery: string, n: number): { readonly status: number; readonly takes: number };
  /** Texts that must never be seen in the log, in logs or in snapshots. */
  readonly secrets: readonly string[];
  /** Longest that something may legitimately last once faults have stopped and clients are done, ms: its retries, timeouts and user code. */
  readonly bound: number;
}

export interface WorkloadLimits {
  readonly size: 'small' | 'large';
  /** At most so many clients' scripts, and steps of each: for shrinking. */
  readonly clients?: number;
  readonly steps?: number;
}
export type MakeWorkload = (dice: Dice, limits: WorkloadLimits) => Workload;
