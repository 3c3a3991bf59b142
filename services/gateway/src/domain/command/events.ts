import type { Outcome } from './messages.ts';

/** Private: the idempotency key is taken by this command. */
export type CommandTaken = {
  readonly type: 'CommandTaken';
  /** `workspace|actor key|idempotency key`. */
  readonly id: string;
  readonly command: string;
  readonly workspace: string;
  readonly operation: string;
  readonly bodyHash: string;
  /** Where the gateway itself settles the command. */
  readonly outcome?: Outcome;
};

/** Private: the keys taken at or before that time are free again, at most `FORGET_AT_ONCE` of them. */
export type CommandsForgotten = {
  readonly type: 'CommandsForgotten';
  readonly before: number;
};
