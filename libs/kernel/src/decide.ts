import type { Json } from './json.ts';

/** A fact or a wish with its type; everything else is plain JSON. */
export interface Message {
  readonly type: string;
  readonly [field: string]: Json | undefined;
}

export interface Address {
  readonly service: string;
  readonly key: string;
}

/** Why a command changes nothing; becomes problem+json (RFC 9457) at the edge. */
export interface Refusal {
  readonly refused: true;
  /** Says the state: `RunAlreadyFinished`. */
  readonly code: string;
  readonly status: number;
  readonly detail: string;
}

/** Sets (or, without `at`, removes) the timer of that id; its message is decided when log time has reached `at` (ms). */
export interface TimerChange {
  readonly id: string;
  readonly at?: number;
  readonly message?: Message;
}

export interface Decision {
  readonly events: readonly Message[];
  /** Done by the live owner after the commit is in the log; at least once. */
  readonly effects?: readonly Message[];
  readonly timers?: readonly TimerChange[];
  /** Answer to who asked directly; default: the events. */
  readonly reply?: Json;
}

export interface DecideContext {
  /** Log time in ms since the epoch: never goes back within a partition. */
  readonly now: number;
  /** An id that no other decision will ever get: made of (topic, partition, seq, count). `beside`: a key, in whose partition the new id lies as well. */
  newId(beside?: string): string;
}

/** Pure: reads state and message, never throws, never waits. A refusal of a message from the log is an answer without events. */
export type Decide<View, M extends Message = Message> = (state: View, message: M, context: DecideContext) => readonly Message[] | Decision | Refusal;

/** Position of the commit that an event stands in, for folds that keep it. */
export interface EventContext {
  readonly time: number;
  readonly topic: string;
  readonly partition: number;
  readonly seq: number;
}

/** The only way state changes: live, on replay and in a rebuild alike. */
export type Evolve<State, E extends Message = Message> = (state: State, event: E, context: EventContext) => void;

export const NOTHING: Decision = { events: [] };

export function refuse(code: string, detail: string, status = 409): Refusal {
  return { refused: true, code, status, detail };
}

export function isRefusal(answer: readonly Message[] | Decision | Refusal): answer is Refusal {
  return (answer as Refusal).refused === true;
}
