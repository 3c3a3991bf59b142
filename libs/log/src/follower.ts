import { Alarm, delay } from '@novacron/kernel';
import { Aim } from './aim.ts';
import { nameOf, positionOf, type Ends, type TopicPartition } from './driver.ts';
import type { FeedOptions, Followed, Following } from './feed.ts';
import type { Confirmed } from './host/input.ts';
import { commitOf, type Commit } from './record.ts';
import { EMPTY, judgeBeginning, type RuleState } from './rule.ts';

/** Commits handed over at once, at most. */
const BATCH = 5_000;
/** Commits of this process that may wait for a slow reader before it has to read the log instead. */
const BUFFER = 50_000;
/** Between batches a reader rests for so many times what the last one took, so that what waits makes larger batches, within these bounds: whoever waits for what is read waits that much longer. */
const REST_FACTOR = 8;
const LEAST_REST_MS = 5;
const MOST_REST_MS = 50;
const AGAIN_MS = 200;
/** Between looks at the log's heads: drivers tell of appends, and of having missed some; a look finds what nobody told. */
const LOOK_MS = 2_000;

interface Place {
  readonly source: TopicPartition;
  rule: RuleState;
  /** What is beyond `rule` here has to be read from the log: it did not come straight from this process. */
  readonly aim: Aim;
  /** Commits read and not handed over, from `next` on. */
  queue: Followed[];
  next: number;
  /** Seq of the last commit handed over. */
  delivered: number;
}

/** Commits of one partition that may wait for their causes. */
const PENDING = 1_000;

/** One reader of the log: what it has read, what it hands over next. */
export class Follower implements Following {
  private readonly places = new Map<string, Place>();
  /** Commits in all queues. */
  private waiting = 0;
  private readonly stopped = new AbortController();
  private readonly alarm: Alarm;
  private readonly finished: Promise<void>;
  private readonly unhook: (() => void)[] = [];
  private readonly options: FeedOptions;
  private readonly topics: readonly string[];
  private readonly handler: (batch: readonly Followed[]) => Promise<void>;
  private hurry = new AbortController();
  /** Called when something was handed over. */
  private readonly lookers = new Set<() => void>();
  /** When the next batch may be handed over, ms of the monotonic clock. */
  private restUntil = 0;
  /** When to look at the log's heads next, ms of the monotonic clock. */
  private lookAt = 0;

  constructor(options: FeedOptions, topics: readonly string[], from: ReadonlyMap<string, RuleState>, handler: (batch: readonly Followed[]) => Promise<void>) {
    this.options = options;
    this.alarm = new Alarm(options.ports.timers);
    this.topics = topics;
    this.handler = handler;
    for (const topic of topics) {
      for (let partition = 0; partition < options.partitions; partition++) {
        const source = { topic, partition };
        const rule = from.get(nameOf(source)) ?? EMPTY;
        this.places.set(nameOf(source), { source, rule, aim: new Aim(), queue: [], next: 0, delivered: rule.nextSeq - 1 });
      }
    }
    if (options.host) this.unhook.push(options.host.onConfirmed((commits) => this.hear(commits)));
    this.unhook.push(options.driver.onAppend((ends) => {
      if (ends.size === 0) this.lookAt = 0;
      else if (!this.learn(ends)) return;
      this.wake();
    }));
    this.finished = this.loop();
  }

  async current(topics: readonly string[], ms: number): Promise<boolean> {
    const heads = await this.options.driver.heads(topics);
    const isCurrent = () => [...heads].every(([name, { nextSeq }]) => (this.places.get(name)?.delivered ?? Infinity) >= nextSeq - 1);
    if (isCurrent()) return true;
    this.learn(heads);
    this.nudge();
    return new Promise((resolve) => {
      const look = () => void (isCurrent() && done(true));
      const done = (current: boolean) => {
        cancel();
        this.lookers.delete(look);
        resolve(current);
      };
      const cancel = this.options.ports.timers.after(ms, () => done(false));
      this.lookers.add(look);
    });
  }

  nudge(): void {
    this.hurry.abort();
    this.lookAt = 0;
    this.wake();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    this.hurry.abort();
    this.wake();
    this.unhook.forEach((off) => off());
    await this.finished;
  }

  private wake(): void {
    this.alarm.ring();
  }

  private hear(commits: readonly Confirmed[]): void {
    let news = false;
    for (const commit of commits) {
      const place = this.places.get(`${commit.topic}/${commit.partition}`);
      if (!place || place.rule.nextSeq > commit.seq) continue;
      // Another process decided for it before, and its last commits were not read yet; or too much waits here.
      if (isBehind(place) || place.rule.nextSeq < commit.seq || this.waiting >= BUFFER) {
        place.aim.raise(commit.seq + 1);
        news = true;
        continue;
      }
      place.rule = commit.rule;
      this.enqueue(place, {
        topic: commit.topic, partition: commit.partition, seq: commit.seq, epoch: commit.rule.epoch, time: commit.time, cause: commit.cause, source: commit.source, events: commit.events, cursor: commit.rule,
      });
      news = true;
    }
    if (news) this.wake();
  }

  private async loop(): Promise<void> {
    const { ports, log } = this.options;
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        await this.readBehind();
        // A little patience makes one transaction of many commits.
        if (this.waiting > 0 && this.waiting < BATCH && !this.hurry.signal.aborted) await this.gathering();
        const batch = this.collect();
        if (batch.length > 0) {
          if (this.hurry.signal.aborted) this.hurry = new AbortController();
          const delivered = this.timed(() => this.deliver(batch));
          for (const look of [...this.lookers]) look();
          await delivered;
        }
        else if (![...this.places.values()].some((place) => isBehind(place) && pendingOf(place) < PENDING)) await this.rest();
      } catch (error) {
        if (!signal.aborted) log.warn('cannot follow the log', { error: (error as Error).message });
        await delay(ports.timers, AGAIN_MS, signal);
      }
    }
  }

  private enqueue(place: Place, commit: Followed): void {
    place.queue.push(commit);
    this.waiting++;
  }

  /**
   * Takes what may be handed over: in order per partition, but no answer before its question, whichever was read first. A partition whose next
   * commit has to wait is looked at again when the one it waits for has moved.
   */
  private collect(): Followed[] {
    const batch: Followed[] = [];
    const open = [...this.places.values()].filter((place) => pendingOf(place) > 0);
    const waiters = new Map<string, Place[]>();
    for (let place = open.pop(); place; place = open.pop()) {
      const before = batch.length;
      while (pendingOf(place) > 0 && batch.length < BATCH) {
        const commit = place.queue[place.next]!;
        if (!this.isCaused(commit)) {
          const source = `${commit.source!.topic}/${commit.source!.partition}`;
          waiters.set(source, [...(waiters.get(source) ?? []), place]);
          break;
        }
        place.next++;
        place.delivered = commit.seq;
        batch.push(commit);
      }
      if (batch.length === before) continue;
      compact(place);
      const name = nameOf(place.source);
      open.push(...(waiters.get(name) ?? []));
      waiters.delete(name);
    }
    this.waiting -= batch.length;
    return batch;
  }

  private isCaused({ source }: Followed): boolean {
    const place = source && this.places.get(`${source.topic}/${source.partition}`);
    if (!place || place.delivered >= source.seq) return true;
    // Its cause may be in the log without having come by itself yet.
    place.aim.raise(source.seq + 1);
    return false;
  }

  private async timed(work: () => Promise<void>): Promise<void> {
    const { clock } = this.options.ports;
    const began = clock.monotonic();
    await work();
    const ended = clock.monotonic();
    this.restUntil = ended + Math.min(MOST_REST_MS, REST_FACTOR * (ended - began));
  }

  private async deliver(batch: readonly Followed[]): Promise<void> {
    for (let tries = 0; !this.stopped.signal.aborted; tries++) {
      try {
        return await this.handler(batch);
      } catch (error) {
        if (tries % 10 === 0) this.options.log.warn('a reader of the log failed and is tried again', { error: (error as Error).message });
        await delay(this.options.ports.timers, Math.min(2_000, 50 * 2 ** tries), this.stopped.signal);
      }
    }
  }

  /** Ends early when somebody waits for what is gathered. */
  private gathering(): Promise<void> {
    const { clock, timers } = this.options.ports;
    return delay(timers, Math.max(LEAST_REST_MS, this.restUntil - clock.monotonic()), this.hurry.signal);
  }

  /** Until something is new. */
  private async rest(): Promise<void> {
    const { clock } = this.options.ports;
    await this.alarm.wait(Math.max(0, this.lookAt - clock.monotonic()));
    if (this.stopped.signal.aborted || clock.monotonic() < this.lookAt) return;
    this.lookAt = clock.monotonic() + LOOK_MS;
    for (const place of this.places.values()) place.aim.raise(this.localHead(place.source) ?? 0);
    if (this.foreign().length) this.learn(await this.options.driver.heads(this.topics, !this.hurry.signal.aborted));
  }

  /** Answers whether there is something to read that does not come by itself. */
  private learn(ends: Ends): boolean {
    let news = false;
    for (const [name, { nextSeq }] of ends) {
      const place = this.places.get(name);
      if (!place || nextSeq <= place.rule.nextSeq || this.localHead(place.source) !== undefined) continue;
      place.aim.raise(nextSeq);
      news = true;
    }
    return news;
  }

  private foreign(): Place[] {
    return [...this.places.values()].filter((place) => this.localHead(place.source) === undefined);
  }

  /** Reads from the log what did not come by itself. */
  private async readBehind(): Promise<void> {
    for (const place of this.places.values()) {
      while (isBehind(place) && pendingOf(place) < PENDING && !this.stopped.signal.aborted) {
        const rows = await place.aim.reading(place.rule.nextSeq, () => this.options.driver.read(place.source, positionOf(place.rule)));
        for (const { records, hashes } of rows) for (const [i, text] of records.entries()) this.admit(place, text, hashes?.[i]);
        place.aim.raise(this.localHead(place.source) ?? 0);
      }
    }
  }

  private localHead(source: TopicPartition): number | undefined {
    return this.options.host?.owned(source.topic).get(source.partition)?.confirmed.rule.nextSeq;
  }

  private admit(place: Place, text: string, hash: string | undefined): void {
    const judged = judgeBeginning(place.rule, text, hash);
    if (!judged) return;
    const { verdict, state } = judged;
    if (verdict === 'commit') this.enqueue(place, followedOf(place.source, commitOf(text), state));
    place.rule = state;
  }
}

const isBehind = ({ aim, rule }: Place): boolean => aim.isBeyond(rule.nextSeq);
const pendingOf = (place: Place): number => place.queue.length - place.next;

function compact(place: Place): void {
  if (place.next < place.queue.length && place.next < PENDING) return;
  place.queue = place.queue.slice(place.next);
  place.next = 0;
}

function followedOf({ topic, partition }: TopicPartition, { seq, epoch, time, cause, input, events }: Commit, cursor: RuleState): Followed {
  return { topic, partition, seq, epoch, time, cause, source: input, events, cursor };
}
