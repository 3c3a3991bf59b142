import { hash } from 'node:crypto';
import type { Message, TimerChange } from '@novacron/kernel';

export type Recipient = readonly [service: string, key: string];

/** The source commit that a commit answers, as its writer saw it. */
export interface Cited {
  readonly source: string;
  readonly seq: number;
  /** Index of its last event answered. */
  readonly index: number;
  readonly epoch: number;
  readonly owner: string;
  readonly head: string;
}

/** A claim that counts. */
export interface Claim {
  readonly kind: 'claim';
  /** `topic/partition`. */
  readonly name: string;
  readonly epoch: number;
  readonly address: string;
  readonly partitions: number;
}

/** A commit that counts. */
export interface Commit {
  readonly kind: 'commit';
  readonly name: string;
  readonly topic: string;
  readonly seq: number;
  readonly epoch: number;
  readonly owner: string;
  readonly time: number;
  readonly cause: string | undefined;
  readonly cited: Cited | undefined;
  readonly events: readonly Message[];
  readonly to: readonly (readonly Recipient[])[];
  readonly effects: readonly Message[];
  readonly ended: readonly string[];
  readonly timers: readonly TimerChange[];
  readonly stateHash: string | undefined;
  /** Of its text. */
  readonly hash: string;
}

interface Text {
  claim?: number; P?: number; a?: string; e?: number; o: string; s?: number; p?: string; t: number; c?: string; h?: string;
  in?: [topic: string, partition: number, seq: number, index: number, epoch: number, owner: string, head: string];
  ev?: [Message, Recipient[]?][]; fx?: Message[]; fd?: string[]; tm?: TimerChange[];
}

/** The place of a commit, as violations name it. */
export const placeOf = (commit: { readonly name: string; readonly seq: number }): string => `${commit.name}/${commit.seq}`;

/**
 * Which records of one partition count, judged again from the words of architecture.md section 3: a claim of the epoch after the current one; a commit
 * whose epoch, owner, number and hash of the commit before all match. Shares no line with libs/log: what is wrong there must show here.
 */
export class Reading {
  epoch = 0;
  next = 0;
  private owner = '';
  private head = '';
  private readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** The record where it counts. */
  admit(text: string): Claim | Commit | undefined {
    const read = parsed(text);
    if (!read) return undefined;
    if (read.claim !== undefined) {
      if (read.claim !== this.epoch + 1) return undefined;
      this.epoch = read.claim;
      this.owner = read.o;
      return { kind: 'claim', name: this.name, epoch: this.epoch, address: read.a ?? '', partitions: read.P ?? 0 };
    }
    if (read.e !== this.epoch || read.o !== this.owner || read.s !== this.next || read.p !== this.head) return undefined;
    this.next++;
    this.head = hash('sha256', text, 'base64url');
    return commitOf(this.name, read, this.head);
  }
}

function parsed(text: string): Text | undefined {
  try {
    const value = JSON.parse(text) as Text | null;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A commit's text, once it is known to count. */
export function commitOf(name: string, read: Text, digest: string): Commit {
  const events = read.ev ?? [];
  return {
    kind: 'commit', name, topic: name.slice(0, name.indexOf('/')), seq: read.s!, epoch: read.e!, owner: read.o, time: read.t, cause: read.c, cited: read.in && citedOf(read.in),
    events: events.map(([event]) => event), to: events.map(([, to]) => to ?? NOBODY), effects: read.fx ?? [], ended: read.fd ?? [], timers: read.tm ?? [],
    stateHash: read.h, hash: digest,
  };
}
const NOBODY: readonly Recipient[] = [];

function citedOf([topic, partition, seq, index, epoch, owner, head]: NonNullable<Text['in']>): Cited {
  return { source: `${topic}/${partition}`, seq, index, epoch, owner, head };
}
