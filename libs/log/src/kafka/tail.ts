import { Alarm, delay, type Ports } from '@novacron/kernel';
import { AppendError, nameOf } from '../driver.ts';
import type { HostLog } from '../host/options.ts';
import type { PartitionBooks } from './books.ts';
import type { Brokers } from './brokers.ts';
import { FetchPace, type Rest } from './fetch-pace.ts';
import { Processors } from './processors.ts';
import { CODE, codeName, READ_UNCOMMITTED, type Answers, type FetchedPartition } from './protocol.ts';

const MAX_BYTES = 4 << 20;
export const PARTITION_BYTES = 1 << 20;
const AGAIN_MS = 100;

export interface TailEvents {
  /** Valid records of these partitions came. */
  arrived(books: readonly PartitionBooks[]): void;
  /** The partition no longer has the offset that comes next. */
  outOfRange(books: PartitionBooks): Promise<void>;
  /** Offset of the first record that a broker still has, as a fetch told. */
  startsAt(books: PartitionBooks, offset: number): void;
}

/** An incremental fetch session (KIP-227): the broker remembers what was asked, so a request names only the partitions that moved. */
interface Session {
  readonly id: number;
  readonly epoch: number;
  readonly asked: Map<PartitionBooks, number>;
}
const noSession = (): Session => ({ id: 0, epoch: 0, asked: new Map() });

/** Reads the end of all partitions that this process touches, with one long fetch at a time for each broker that leads some of them. */
export class Tail {
  private readonly books = new Map<string, PartitionBooks>();
  /** Raised with each call of `follow`. */
  private followed = 0;
  private readonly streams = new Map<number, Promise<void>>();
  private readonly closed = new AbortController();
  private readonly processors: Processors;
  /** How often somebody here began to wait for a record. */
  private waits = 0;
  /** Rung when somebody here begins to wait for a record: one of each stream, which rests by it. */
  private readonly alarms = new Set<Alarm>();
  private readonly brokers: Brokers;
  private readonly ports: Ports;
  private readonly log: HostLog;
  private readonly events: TailEvents;

  constructor(brokers: Brokers, ports: Ports, log: HostLog, events: TailEvents) {
    this.brokers = brokers;
    this.ports = ports;
    this.processors = new Processors(ports.clock);
    this.log = log;
    this.events = events;
    brokers.onMove(() => this.spread());
  }

  follow(books: readonly PartitionBooks[]): void {
    for (const each of books) {
      this.books.set(nameOf(each), each);
      each.onAwaited = () => this.hurry();
    }
    this.followed++;
    this.spread();
  }

  async close(): Promise<void> {
    this.closed.abort();
    this.hurry();
    await Promise.all(this.streams.values());
    for (const each of this.books.values()) each.abandon(new AppendError({ kind: 'unknown' }, 'the log is closed'));
  }

  private hurry(): void {
    this.waits++;
    for (const alarm of this.alarms) alarm.ring();
  }

  /** Every broker that leads something has its stream. */
  private spread(): void {
    if (this.closed.signal.aborted) return;
    for (const each of this.books.values()) {
      const leader = each.stopped ? undefined : this.brokers.leaderOf(each);
      if (leader !== undefined && !this.streams.has(leader)) this.streams.set(leader, this.stream(leader));
    }
  }

  private async stream(node: number): Promise<void> {
    const pace = new FetchPace();
    const alarm = new Alarm(this.ports.timers);
    this.alarms.add(alarm);
    let session = noSession();
    let seen = '';
    let led: PartitionBooks[] = [];
    let failures = 0;
    let waits = 0;
    while (!this.closed.signal.aborted) {
      const now = `${this.brokers.version} ${this.followed}`;
      if (now !== seen) {
        led = [...this.books.values()].filter((each) => !each.stopped && this.brokers.leaderOf(each) === node);
        session = noSession();
        seen = now;
      }
      if (led.length === 0) {
        // At once: who spreads between this and the promise's end must start another.
        this.streams.delete(node);
        this.alarms.delete(alarm);
        return;
      }
      try {
        const answer = await this.fetch(node, session, led, pace.wait);
        const { moved, foreign } = await this.take(answer);
        session = answer.errorCode === CODE.none && answer.sessionId !== 0 ? { id: answer.sessionId, epoch: session.epoch + 1, asked: session.asked } : noSession();
        failures = 0;
        if (led.some((each) => each.stopped)) seen = '';
        if (moved) await this.lookAgain();
        const awaited = this.waits !== waits || led.some((each) => each.isAwaited);
        waits = this.waits;
        await this.rest(pace.rest(foreign, awaited, this.processors.areBusy), alarm);
      } catch (error) {
        session = noSession();
        if (this.closed.signal.aborted) return;
        if (failures++ % 50 === 0) this.log.warn('cannot read the log', { broker: node, error: (error as Error).message });
        await this.lookAgain();
      }
    }
  }

  private fetch(node: number, session: Session, led: readonly PartitionBooks[], wait: number): Promise<Answers['Fetch']> {
    const topics = new Map<string, { partition: number; fetchOffset: number; maxBytes: number }[]>();
    for (const each of led) {
      if (session.asked.get(each) === each.next) continue;
      session.asked.set(each, each.next);
      const partitions = topics.get(each.topic);
      const wanted = { partition: each.partition, fetchOffset: each.next, maxBytes: PARTITION_BYTES };
      if (partitions) partitions.push(wanted);
      else topics.set(each.topic, [wanted]);
    }
    return this.brokers.link(node, 'tail').call('Fetch', {
      maxWaitTime: wait, minBytes: 1, maxBytes: MAX_BYTES, isolationLevel: READ_UNCOMMITTED, sessionId: session.id, sessionEpoch: session.epoch, rackId: '',
      topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
    }, wait);
  }

  /** Judges what came; answers whether a partition has another leader, or none, and how many records of other processes came. */
  private async take(answer: Answers['Fetch']): Promise<{ readonly moved: boolean; readonly foreign: number }> {
    let moved = false;
    let foreign = 0;
    const arrived: PartitionBooks[] = [];
    for (const { topicName, partitions } of answer.responses) {
      for (const fetched of partitions) {
        const books = this.books.get(nameOf({ topic: topicName, partition: fetched.partition }));
        if (!books || books.stopped) continue;
        if (fetched.errorCode !== CODE.none) moved = (await this.fault(books, fetched)) || moved;
        else {
          if (fetched.lastStartOffset !== '0') this.events.startsAt(books, Number(fetched.lastStartOffset));
          if (!books.isOurs) foreign += fetched.messages.length;
          if (fetched.messages.length > 0 && books.admit(fetched.messages)) arrived.push(books);
        }
      }
    }
    if (arrived.length > 0) this.events.arrived(arrived);
    return { moved, foreign };
  }

  private async fault(books: PartitionBooks, { errorCode }: FetchedPartition): Promise<boolean> {
    if (errorCode === CODE.offsetOutOfRange) {
      await this.events.outOfRange(books);
      return false;
    }
    this.log.info('a partition is read from another broker', { partition: nameOf(books), reason: codeName(errorCode) });
    return true;
  }

  private async rest({ least, most }: Rest, alarm: Alarm): Promise<void> {
    if (least > 0) await delay(this.ports.timers, least, this.closed.signal);
    if (most > least) await alarm.wait(most - least);
  }

  private async lookAgain(): Promise<void> {
    await delay(this.ports.timers, AGAIN_MS, this.closed.signal);
    try {
      await this.brokers.refresh();
    } catch {
      // The next fetch says why.
    }
  }
}
