import { sha256, type Message, type TimerChange } from '@novacron/kernel';

/** How far an input's source is answered, with the reader's rule state there, so that any new owner can go on checking from it. */
export interface SourceCursor {
  readonly topic: string;
  readonly partition: number;
  /** The source commit; -1 before the first. */
  readonly seq: number;
  /** Index of its last event answered; all of them: the count of its events minus one, or more. */
  readonly index: number;
  readonly epoch: number;
  readonly owner: string;
  /** Hash of the source commit. */
  readonly head: string;
}

/** An effect that is requested: its id is `seq.n` in its partition. */
export interface EffectRequest {
  readonly id: string;
  readonly effect: Message;
}

/** One address as the writer recorded it: service, key. */
export type Recipient = readonly [service: string, key: string];

export interface Commit {
  readonly kind: 'commit';
  readonly epoch: number;
  readonly owner: string;
  readonly seq: number;
  readonly prev: string;
  readonly time: number;
  /** `command`, `timer:<id>`, `effect`, or absent where `input` tells. */
  readonly cause?: string;
  readonly input?: SourceCursor;
  readonly events: readonly Message[];
  /** Addressees of each event, by index. */
  readonly to: readonly (readonly Recipient[])[];
  readonly effects: readonly EffectRequest[];
  /** Ids of effects that this input ended. */
  readonly ended: readonly string[];
  readonly timers: readonly TimerChange[];
  /** Order-free state hash after this commit, in every 256th. */
  readonly stateHash?: string;
}

export interface Claim {
  readonly kind: 'claim';
  readonly epoch: number;
  readonly owner: string;
  /** Where the owner is reached. */
  readonly address: string;
  /** Partition count of the topic: recorded for ever. */
  readonly partitions: number;
  readonly time: number;
}

export type LogRecord = Commit | Claim;

/** Every n-th commit of a partition carries the state hash. */
export const HASH_EVERY = 256;
export const MAX_COMMIT_BYTES = 256 * 1024;
export const MAX_COMMIT_EVENTS = 500;

/** Parts of a commit whose events are already text, so that nothing is encoded twice. */
export interface EncodableCommit extends Omit<Commit, 'kind' | 'events' | 'to'> {
  /** Each event's JSON with its recipients: `[event,[[service,key],…]]`. */
  readonly eventTexts: readonly string[];
}

export function encodeEvent(event: Message, to: readonly Recipient[]): string {
  return to.length === 0 ? `[${JSON.stringify(event)}]` : `[${JSON.stringify(event)},${JSON.stringify(to)}]`;
}

/** Whether an event of the commit may be addressed to one of these services: where not, nothing else in it need be read. */
export function mayAddress(text: string, services: readonly string[]): boolean {
  return services.some((service) => text.includes(`["${service}","`));
}

/** How a commit begins: all that the validity rule asks of it. */
export function beginningOf({ epoch, owner, seq, prev }: Pick<Commit, 'epoch' | 'owner' | 'seq' | 'prev'>): string {
  return `{"e":${epoch},"o":"${owner}","s":${seq},"p":"${prev}","t":`;
}

/** The record as it stands in the log: one line of JSON; its bytes are what is hashed and never re-made. */
export function encodeCommit(commit: EncodableCommit): string {
  const { input } = commit;
  let text = beginningOf(commit) + commit.time;
  if (commit.cause) text += `,"c":${JSON.stringify(commit.cause)}`;
  if (input) text += `,"in":["${input.topic}",${input.partition},${input.seq},${input.index},${input.epoch},"${input.owner}","${input.head}"]`;
  if (commit.eventTexts.length) text += `,"ev":[${commit.eventTexts.join(',')}]`;
  if (commit.effects.length) text += `,"fx":${JSON.stringify(commit.effects.map((request) => request.effect))}`;
  if (commit.ended.length) text += `,"fd":${JSON.stringify(commit.ended)}`;
  if (commit.timers.length) text += `,"tm":${JSON.stringify(commit.timers)}`;
  if (commit.stateHash) text += `,"h":"${commit.stateHash}"`;
  return text + '}';
}

export function encodeClaim(claim: Omit<Claim, 'kind'>): string {
  return JSON.stringify({ claim: claim.epoch, o: claim.owner, a: claim.address, P: claim.partitions, t: claim.time });
}

/** Hash of a record's text: the next record's `prev`. */
export function hashOf(text: string): string {
  return sha256(text, 'base64url');
}

interface Stored {
  claim?: number; e: number; o: string; a: string; P: number; s: number; p: string; t: number; c?: string;
  in?: [string, number, number, number, number, string, string];
  ev?: [Message, Recipient[]?][]; fx?: Message[]; fd?: string[]; tm?: TimerChange[]; h?: string;
}

/** The addressees of most events. */
export const NOBODY: readonly Recipient[] = [];

/** Reads a record's text; a text that is no record is a value, never an exception (reliability.md L6). */
export function decode(text: string): LogRecord | undefined {
  let stored: Stored;
  try {
    stored = JSON.parse(text) as Stored;
  } catch {
    return undefined;
  }
  if (typeof stored !== 'object' || stored === null) return undefined;
  if (stored.claim !== undefined) {
    return { kind: 'claim', epoch: stored.claim, owner: stored.o, address: stored.a, partitions: stored.P, time: stored.t };
  }
  if (typeof stored.s !== 'number' || typeof stored.e !== 'number') return undefined;
  const events = stored.ev ?? [];
  return {
    kind: 'commit', epoch: stored.e, owner: stored.o, seq: stored.s, prev: stored.p, time: stored.t,
    events: events.map(([event]) => event), to: events.map(([, to]) => to ?? NOBODY),
    effects: (stored.fx ?? []).map((effect, n) => ({ id: `${stored.s}.${n}`, effect })), ended: stored.fd ?? [], timers: stored.tm ?? [],
    ...(stored.c !== undefined && { cause: stored.c }),
    ...(stored.in && { input: cursorOf(stored.in) }),
    ...(stored.h !== undefined && { stateHash: stored.h }),
  };
}

/** What a commit that the rule took says; throws where that cannot be read. */
export function commitOf(text: string): Commit {
  const record = decode(text);
  if (record?.kind !== 'commit') throw new Error(`a commit of the log cannot be read: ${text.slice(0, 200)}`);
  return record;
}

function cursorOf([topic, partition, seq, index, epoch, owner, head]: NonNullable<Stored['in']>): SourceCursor {
  return { topic, partition, seq, index, epoch, owner, head };
}
