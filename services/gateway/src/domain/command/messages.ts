import type { Json, Message } from '@novacron/kernel';
import type { Role } from '@novacron/contracts';

export type Actor = {
  readonly key: string;
  readonly name: string;
  readonly ip?: string;
  /** How the caller showed who it is. */
  readonly auth?: 'api-key' | 'first-start';
};

export type Problem = {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
};

/** What a command came to: the HTTP status, the event that settled it, and what the caller is told. */
export type Outcome = {
  readonly status: number;
  readonly type: string;
  readonly body: Json;
};

/** A mutation that a known caller asks for; every route's mutation has this form. */
export type Command = {
  readonly type: 'Command';
  /** Name of the route's operation. */
  readonly operation: string;
  readonly workspace: string;
  readonly actor: Actor;
  /** Workspace that the actor's key belongs to, and its role there as the edge saw it. */
  readonly home: string;
  readonly role: Role;
  readonly needs: Role;
  readonly idempotencyKey: string;
  /** SHA-256 over operation, path and body. */
  readonly bodyHash: string;
  /** What is said when the command is taken, without `command`, `workspace` and `actor`. */
  readonly event?: Message;
  /** What the edge knows to stand against it; then there is no event. */
  readonly problem?: Problem;
};

export type CommandReply = {
  readonly command: string;
  /** False for a repeat. */
  readonly fresh: boolean;
  readonly outcome?: Outcome;
  /** Of the outcome, for a repeat. */
  readonly position?: string;
};

/** Asks how a command stands; the reply is a `CommandReply`, or null. */
export type CommandLookup = {
  readonly type: 'CommandLookup';
  readonly workspace: string;
  readonly command: string;
};

/** Timer: the oldest idempotency key of the partition is 24 h old. */
export type CommandsExpired = {
  readonly type: 'CommandsExpired';
};
