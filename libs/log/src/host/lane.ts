import { backoff, type Ports } from '@novacron/kernel';
import { AppendError, type LogDriver, type Segment, type TopicPartition } from '../driver.ts';
import { NotOwned, outcomeOf, type Barrier, type Decided, type Input, type Landed } from './input.ts';
import type { OwnedPartition } from './partition.ts';

/** Decided but unconfirmed commits beyond which the lane waits for the log. */
const QUEUE_LIMIT = 20_000;
/** Decisions in one turn; then sockets get theirs. */
const TURN = 256;
const SEGMENT_BYTES = 512 * 1024;
const APPEND_COMMITS = 4_000;

export interface LaneEvents {
  /** A decision was made and stands in the queue: who hears of it before it is confirmed? */
  decided(decided: Decided): void;
  /** These commits are in the log, in order. */
  confirmed(batch: readonly Decided[]): void;
  /** Claims all partitions of the lane again and folds what landed into them, adding each commit to `landed`, also where it rejects. */
  reclaim(lane: Lane, landed: Landed[]): Promise<void>;
  /** Somebody else's claim rules these partitions. */
  fenced(partitions: readonly TopicPartition[]): void;
  failed(error: Error, fault: string): void;
  quarantined(input: Input, reason: string): void;
  /** A timer of the partition was given too early, or is gone: the clock may have gone back since. */
  untimely(owned: OwnedPartition): void;
}

/**
 * Partitions that share one queue of decisions and one append in flight. With a joint driver all partitions of a process are one lane;
 * otherwise each has its own. Any failed append drops the whole lane's speculation.
 */
export class Lane {
  readonly partitions = new Set<OwnedPartition>();
  private inbox: (Input | Barrier)[] = [];
  private next = 0;
  queue: Decided[] = [];
  private inFlight: readonly Decided[] | undefined;
  private scheduled = false;
  private recovering = false;
  private held = false;
  stopped = false;
  private failures = 0;
  /** After a refusal of content: so many decisions are appended one by one, until the refused one stands alone. */
  private singly = 0;
  private idle: (() => void)[] = [];
  private readonly driver: LogDriver;
  private readonly ports: Ports;
  private readonly events: LaneEvents;

  constructor(driver: LogDriver, ports: Ports, events: LaneEvents) {
    this.driver = driver;
    this.ports = ports;
    this.events = events;
  }

  get backlog(): number {
    return this.inbox.length - this.next + this.queue.length + (this.inFlight?.length ?? 0);
  }

  get busy(): boolean {
    return this.backlog > 0 || this.recovering;
  }

  push(input: Input | Barrier): void {
    this.inbox.push(input);
    this.kick();
  }

  /** Resolves when all that was pushed so far is decided and confirmed. */
  barrier(): Promise<void> {
    return new Promise((resolve) => this.push({ kind: 'barrier', resolve }));
  }

  /** Decides and appends nothing while held. */
  hold(held: boolean): void {
    this.held = held;
    this.kick();
  }

  kick(): void {
    if (this.scheduled || this.stopped || this.recovering || this.held) return;
    this.scheduled = true;
    // A microtask: everything that one socket event brought is decided together, and nothing waits for the next turn.
    void Promise.resolve().then(() => this.turn());
  }

  /** Resolves when nothing is undecided or unconfirmed. */
  drained(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  private turn(): void {
    this.scheduled = false;
    if (this.stopped || this.recovering || this.held) return;
    const limit = this.singly > 0 ? 1 : QUEUE_LIMIT;
    for (let n = 0; n < TURN && this.next < this.inbox.length && this.queue.length < limit; n++) {
      if (this.singly > 0 && this.inFlight) break;
      this.decide(this.inbox[this.next++]!);
    }
    if (this.next > 1024 && this.next * 2 > this.inbox.length) {
      this.inbox = this.inbox.slice(this.next);
      this.next = 0;
    }
    this.flush();
    if (this.next < this.inbox.length && this.queue.length < limit && !this.scheduled) {
      this.scheduled = true;
      this.ports.timers.yield(() => this.turn());
    }
    if (this.backlog === 0) this.idle.splice(0).forEach((resolve) => resolve());
  }

  private decide(input: Input | Barrier): void {
    if (input.kind === 'barrier') return this.rest(input, this.queue.at(-1) ?? this.inFlight?.at(-1), input.resolve);
    const { target } = input;
    if (!this.partitions.has(target) || target.halted !== undefined) {
      if (input.kind === 'direct') input.reject(new NotOwned(target.name));
      return;
    }
    if (input.kind === 'direct' && input.poisoned !== undefined) return input.reject(new Error(input.poisoned));
    const decided = input.kind === 'scan' ? target.scanMark(input.cursor, this.ports.clock.now()) : target.decide(input, this.ports.clock.now());
    if (!decided) {
      if (input.kind === 'direct') this.answerSilently(input);
      else if (input.kind === 'timer') this.events.untimely(target);
      // It says nothing new because of what may yet be dropped: then it is news again.
      else if (input.kind !== 'scan') this.rest(input, target.last, () => {});
      return;
    }
    this.queue.push(decided);
    if (!decided.complete) this.inbox[--this.next] = input;
    this.events.decided(decided);
  }

  /** A decision without a commit rests on the newest one of its partition. */
  private answerSilently(input: Extract<Input, { kind: 'direct' }>): void {
    const { target, refused, reply } = input;
    const position = { topic: target.topic, partition: target.partition, seq: target.rule.nextSeq - 1 };
    this.rest(input, target.last, () => input.resolve(refused ?? { events: [], reply: reply ?? null, position }));
  }

  /** Answers when the commit is confirmed; if it is dropped instead, the input is decided again. */
  private rest(input: Input | Barrier, on: Decided | undefined, answer: () => void): void {
    if (!on) return answer();
    on.waiters.push(answer);
    this.resting.push({ on, after: this.queue.at(-1) ?? this.inFlight!.at(-1)!, input });
  }
  /** `after` is the decision that came before the input, so that it is decided again in its turn. */
  private resting: { readonly on: Decided; readonly after: Decided; readonly input: Input | Barrier }[] = [];

  private flush(): void {
    if (this.inFlight || this.queue.length === 0 || this.stopped || this.recovering) return;
    const { prefix, segments } = this.prefix();
    this.inFlight = prefix;
    this.queue = prefix.length === this.queue.length ? [] : this.queue.slice(prefix.length);
    this.driver.append(segments).then(
      () => this.landed(prefix),
      (error: Error) => this.recover(error),
    );
  }

  private landed(prefix: readonly Decided[]): void {
    if (this.inFlight !== prefix) return;
    this.inFlight = undefined;
    this.failures = 0;
    if (this.singly > 0) this.singly--;
    this.confirm(prefix);
    if (this.resting.length) this.resting = this.resting.filter(({ on }) => on.seq >= on.owned.confirmed.rule.nextSeq);
    this.flush();
    this.kick();
  }

  private confirm(batch: readonly Decided[]): void {
    const heads = new Map<OwnedPartition, Decided>();
    for (const decided of batch) heads.set(decided.owned, decided);
    for (const [owned, { rule, time, mark }] of heads) {
      owned.settle(rule, time, mark);
      if (owned.last && owned.last.seq < rule.nextSeq) owned.last = undefined;
    }
    this.events.confirmed(batch);
    for (const { waiters } of batch) for (const answer of waiters) answer();
  }

  /** The oldest decisions, as many as one append takes, grouped by partition. */
  private prefix(): { prefix: Decided[]; segments: Segment[] } {
    const texts = new Map<OwnedPartition, { first: Decided; last: Decided; records: string[]; bytes: number }>();
    const most = this.singly > 0 ? 1 : APPEND_COMMITS;
    let n = 0;
    for (; n < this.queue.length && n < most; n++) {
      const decided = this.queue[n]!;
      const segment = texts.get(decided.owned);
      if (!segment) texts.set(decided.owned, { first: decided, last: decided, records: [decided.text], bytes: decided.text.length });
      else if (segment.bytes + decided.text.length > SEGMENT_BYTES) break;
      else {
        segment.records.push(decided.text);
        segment.last = decided;
        segment.bytes += decided.text.length;
      }
    }
    const segments = [...texts].map(([owned, { first, last, records }]) => ({
      topic: owned.topic, partition: owned.partition, epoch: owned.rule.epoch, owner: owned.rule.owner, firstSeq: first.seq, lastSeq: last.seq, records,
    }));
    return { prefix: this.queue.slice(0, n), segments };
  }

  /** What to do after a failed append is decided by what is known of it (protocols.md section 2). */
  private async recover(error: Error): Promise<void> {
    const fault = error instanceof AppendError ? error.fault : ({ kind: 'unknown' } as const);
    const batch = this.inFlight!;
    this.recovering = true;
    this.events.failed(error, fault.kind);
    if (fault.kind === 'fenced') this.events.fenced(fault.partitions);
    if (fault.kind === 'content') this.isolate(batch, error.message);
    const dropped = this.drop();
    const landed = fault.kind === 'unknown' ? await this.reclaimed() : [];
    this.requeue(dropped, new Set(landed.map(({ rule }) => rule.head)));
    if (fault.kind === 'refused') await this.pause();
    this.recovering = false;
    this.kick();
  }

  private isolate(batch: readonly Decided[], reason: string): void {
    if (batch.length > 1) {
      this.singly = batch.length;
      return;
    }
    const input = batch[0]!.input;
    input.poisoned = reason;
    this.events.quarantined(input, reason);
  }

  /** Drops all speculation of the lane; what it rested on will be decided again. */
  private drop(): Decided[] {
    const dropped = [...(this.inFlight ?? []), ...this.queue];
    this.inFlight = undefined;
    this.queue = [];
    for (const owned of this.partitions) owned.drop();
    return dropped;
  }

  /** What a try found and folded before it failed stays found: no later one reads it again. */
  private async reclaimed(): Promise<readonly Landed[]> {
    const landed: Landed[] = [];
    for (;;) {
      try {
        await this.events.reclaim(this, landed);
        return landed;
      } catch (error) {
        if (this.stopped) return landed;
        this.events.failed(error as Error, 'claim');
        await this.pause();
      }
    }
  }

  /** Decides again what did not land; what rests on a commit that did not is forgotten: its source is decided, and routed, again. */
  private requeue(dropped: readonly Decided[], landed: ReadonlySet<string>): void {
    const again = new Set<Input | Barrier>();
    const gone = new Set<string>();
    const rested = new Map<Decided, (Input | Barrier)[]>();
    for (const { after, input } of this.resting.splice(0)) rested.set(after, [...(rested.get(after) ?? []), input]);
    for (const decided of dropped) {
      if (!landed.has(decided.hash)) {
        again.add(decided.input);
        gone.add(decided.hash);
      } else if (decided.complete) this.answerLanded(decided);
      for (const input of rested.get(decided) ?? []) again.add(input);
    }
    // By hash: another owner's commits may stand under the same numbers by now. And only what was handed over early: a partition that was given up meanwhile is read from the
    // log, where its commit may have landed after all.
    const restsOnDropped = (input: Input | Barrier) => input.kind === 'source' && input.speculative === true && gone.has(input.from.head);
    const inputs = [...again, ...this.inbox.slice(this.next)].filter((input) => input.kind !== 'scan' && !restsOnDropped(input));
    for (const owned of this.partitions) {
      for (const [source, waiting] of owned.detached) owned.detached.set(source, waiting.filter((input) => !restsOnDropped(input)));
    }
    this.inbox = [...new Set(inputs)];
    this.next = 0;
  }

  /** A commit that was found in the log after all: the reclaim folded it and does its effects; who asked is answered here. */
  private answerLanded(decided: Decided): void {
    if (decided.input.kind === 'direct') decided.input.resolve(outcomeOf(decided));
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => void this.ports.timers.after(20 + backoff(++this.failures, this.ports.random, 50, 2_000), resolve));
  }
}
