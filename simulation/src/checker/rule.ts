import type { Message } from '@novacron/kernel';
import type { History } from '../seam.ts';
import type { Claim, Commit } from './reading.ts';

/** Says that the rule's invariant does not hold: where, and what is wrong there. */
export type Report = (where: string, what: string) => void;

/** One event of a source commit that a commit answers. */
export interface Answered {
  readonly event: Message;
  readonly index: number;
}

/**
 * One invariant, checked as records come: work is in proportion to what is new. Commits come in the order of their partition and after what they cite;
 * the histories are looked at when all records of a step were read.
 */
export interface Rule {
  /** Event type to what is kept of it; the types are read from the log as its contract declares them. */
  readonly events?: Readonly<Record<string, (event: never, commit: Commit) => void>>;
  claim?(claim: Claim): void;
  /** Every commit that counts, before its events, with the events of its source that it answers. */
  commit?(commit: Commit, answered: readonly Answered[]): void;
  /** After the records of a step. */
  step?(history: History): void;
  /** After the last step: what had to be there by now. */
  end?(): void;
  /** How many things were begun and have not ended. */
  open?(): number;
}
