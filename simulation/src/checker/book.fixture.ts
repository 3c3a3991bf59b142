import { hash } from 'node:crypto';
import type { Message, TimerChange } from '@novacron/kernel';
import type { Answered, Call, EffectDone, History, LogView, NodeFact, StateHash, Violation } from '../seam.ts';
import { LogChecker } from './checker.ts';

interface Extra {
  /** Services that the events are addressed to; every topic has one partition. */
  readonly to?: readonly string[];
  /** The source commit that it answers: topic and number, and the index of the event; default all. */
  readonly cites?: readonly [topic: string, seq: number, index?: number];
  readonly cause?: string;
  readonly effects?: readonly Message[];
  readonly ended?: readonly string[];
  readonly timers?: readonly TimerChange[];
  readonly time?: number;
  readonly epoch?: number;
  readonly stateHash?: string;
}

export const START = Date.UTC(2027, 0, 15, 12);
export const SECRET = 'canary-of-the-spec';

/** A log and histories written by hand, as records lie there; everything is right unless the spec makes it wrong. */
export class Book implements LogView, History {
  readonly calls: Call[] = [];
  readonly nodes: NodeFact[] = [];
  readonly effects: EffectDone[] = [];
  readonly hashes: StateHash[] = [];
  readonly texts: string[] = [];
  private readonly logs = new Map<string, string[]>();
  private readonly heads = new Map<string, { epoch: number; seq: number; head: string; hashes: string[] }>();
  private readonly checker = new LogChecker([SECRET]);
  private readonly violations: Violation[] = [];

  partitions(): readonly string[] {
    return [...this.logs.keys()];
  }

  records(name: string, from: number): readonly string[] {
    return this.logs.get(name)!.slice(from);
  }

  claim(topic: string, epoch = (this.heads.get(topic)?.epoch ?? 0) + 1): this {
    const known = this.heads.get(topic);
    this.heads.set(topic, { seq: 0, head: '', hashes: [], ...known, epoch });
    return this.write(topic, JSON.stringify({ claim: epoch, o: `owner${epoch}`, a: `http://${epoch}`, P: 1, t: START }));
  }

  /** Says the events in one commit of the topic. */
  say(topic: string, events: readonly object[], extra: Extra = {}): this {
    if (!this.heads.has(topic)) this.claim(topic);
    const known = this.heads.get(topic)!;
    const epoch = extra.epoch ?? known.epoch;
    const to = (extra.to ?? []).map((service) => [service, 'key']);
    const cited = extra.cites && this.cite(...extra.cites);
    const text = JSON.stringify({
      e: epoch, o: `owner${epoch}`, s: known.seq, p: known.head, t: extra.time ?? START, c: extra.cause, in: cited, ev: events.map((event) => (to.length ? [event, to] : [event])),
      fx: extra.effects, fd: extra.ended, tm: extra.timers, h: extra.stateHash,
    });
    if (epoch === known.epoch) {
      known.seq++;
      known.head = hash('sha256', text, 'base64url');
      known.hashes.push(known.head);
    }
    return this.write(topic, text);
  }

  /** Any text at all, as the world may leave it. */
  write(topic: string, text: string): this {
    const name = `${topic}/0`;
    this.logs.set(name, [...(this.logs.get(name) ?? []), text]);
    return this.look();
  }

  call(message: Message, answered?: Answered, key?: string): this {
    this.calls.push({ client: 'spec', at: START, service: 'gateway', partitionKey: 'shop', message, key, ...(answered && { answered }) });
    return this.look();
  }

  node(kind: NodeFact['kind'], more: Partial<NodeFact> = {}): this {
    this.nodes.push({ at: START, pool: 'default', node: 'n1', kind, run: 'r1', task: 'a', attempt: 1, gpus: [], partition: 0, epoch: 1, ...more });
    return this.look();
  }

  did(id: string, type: string, epoch = 1): this {
    this.effects.push({ at: START, instance: 'i1', service: id.split('/')[0]!, id, type, partition: 0, epoch });
    return this.look();
  }

  hashed(topic: string, seq: number, digest: string, reader = 'live'): this {
    this.hashes.push({ at: START, topic, partition: 0, seq, hash: digest, reader });
    return this.look();
  }

  /** What was found so far, as `invariant: what`. */
  found(): string[] {
    return this.violations.map(({ invariant, what }) => `${invariant}: ${what}`);
  }

  /** The invariants that do not hold, with those that show only at the end. */
  broken(): number[] {
    const last = this.checker.end(this, this, { now: START });
    return [...new Set([...this.violations, ...last].map(({ invariant }) => invariant))].sort((a, b) => a - b);
  }

  get settled(): boolean {
    return this.checker.settled();
  }

  private look(): this {
    this.violations.push(...this.checker.step(this, this, START));
    return this;
  }

  private cite(topic: string, seq: number, index = 99): unknown[] {
    const known = this.heads.get(topic);
    return [topic, 0, seq, index, known?.epoch ?? 0, `owner${known?.epoch ?? 0}`, known?.hashes[seq] ?? ''];
  }
}
