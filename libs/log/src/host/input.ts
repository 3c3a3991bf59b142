import type { Json, Message, Position, Refusal } from '@novacron/kernel';
import type { Commit, EffectRequest, Recipient, SourceCursor } from '../record.ts';
import type { RuleState } from '../rule.ts';
import type { OwnedPartition } from './partition.ts';

interface InputBase {
  readonly target: OwnedPartition;
  /** Set when the store refused what this input led to: it is quarantined instead. */
  poisoned?: string;
}

/** The events of one source commit that are addressed to the target. */
export interface SourceInput extends InputBase {
  readonly kind: 'source';
  readonly events: readonly { readonly index: number; readonly message: Message }[];
  readonly from: { readonly name: string; readonly topic: string; readonly partition: number; readonly seq: number; readonly epoch: number; readonly owner: string; readonly head: string };
  /** Handed over before the source commit was in the log; what was read from the log is not. */
  readonly speculative?: true;
}

/** A command or an effect's outcome: not from the log, kept until its decision is in it. */
export interface DirectInput extends InputBase {
  readonly kind: 'direct';
  readonly message: Message;
  readonly resolve: (outcome: Outcome | Refusal) => void;
  readonly reject: (error: Error) => void;
  refused?: Refusal;
  reply?: Json;
}

export interface TimerInput extends InputBase {
  readonly kind: 'timer';
  readonly id: string;
}

export interface ScanInput extends InputBase {
  readonly kind: 'scan';
  readonly cursor: SourceCursor;
}

export type Input = SourceInput | DirectInput | TimerInput | ScanInput;

/** Resolves when all that was pushed before it is decided and confirmed. */
export interface Barrier {
  readonly kind: 'barrier';
  readonly resolve: () => void;
}

/** This process does not decide for that partition (any more): ask its owner. */
export class NotOwned extends Error {}

/** It does, but the log does not keep up: ask later. */
export class Overloaded extends NotOwned {}

/** A commit that was found in the log although nobody had said that it landed; `rule` is what it left. */
export interface Landed {
  readonly owned: OwnedPartition;
  readonly commit: Commit;
  readonly rule: RuleState;
}

/** A decision that is in the log. */
export interface Outcome {
  readonly events: readonly Message[];
  readonly reply: Json;
  readonly position: Position;
}

/** A commit that is decided and not yet confirmed. */
export interface Decided {
  readonly owned: OwnedPartition;
  readonly seq: number;
  readonly time: number;
  readonly text: string;
  readonly hash: string;
  readonly events: readonly Message[];
  readonly to: readonly (readonly Recipient[])[];
  readonly effects: readonly EffectRequest[];
  readonly cursor?: SourceCursor;
  readonly rule: RuleState;
  /** Of the partition's journal, after this commit. */
  readonly mark: number;
  readonly input: Input;
  /** False where the rest of the input goes into the next commit. */
  readonly complete: boolean;
  readonly timersChanged: boolean;
  readonly reply: Json;
  readonly refusal: Refusal | undefined;
  /** Answers that say nothing new, but rest on this commit: given when it is confirmed. */
  readonly waiters: (() => void)[];
}

/** A commit that is in the log, as followers get it. */
export interface Confirmed extends Position {
  readonly time: number;
  readonly events: readonly Message[];
  readonly to: readonly (readonly Recipient[])[];
  readonly cause: string | undefined;
  /** Position of the source commit that this one answers. */
  readonly source: Position | undefined;
  readonly rule: RuleState;
}

/** What who asked directly is told of a decision that is in the log. */
export function outcomeOf({ refusal, events, reply, owned, seq }: Decided): Outcome | Refusal {
  return refusal ?? { events, reply, position: { topic: owned.topic, partition: owned.partition, seq } };
}
