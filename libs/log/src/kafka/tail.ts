import { Alarm, delay, type Ports } from '@novacron/kernel';
import { AppendError } from '../driver.ts';
import type { HostLog } from '../host/options.ts';
import { Attention, type Manner } from './attention.ts';
import type { PartitionBooks } from './books.ts';
import type { BrokerLink } from './broker-link.ts';
import type { Brokers } from './brokers.ts';
import { CatchUp } from './catch-up.ts';
import { FetchPace, type Rest } from './fetch-pace.ts';
import type { Intake } from './intake.ts';
import { Processors } from './processors.ts';
import { CODE, fetchOf, type Answers } from './protocol.ts';

/** An incremental fetch session (KIP-227): the broker remembers what was asked, so a request names only the partitions that moved. */
interface Session {
  readonly id: number;
  readonly epoch: number;
  readonly asked: Map<PartitionBooks, number>;
}
const noSession = (): Session => ({ id: 0, epoch: 0, asked: new Map() });

/**
 * Reads the end of all partitions that this process touches and others append to, with two long fetches at a time for each broker that leads some of them: one of those of which this process waits for
 * something, and one of the others, which may bring more at a time. Its own partitions are read on demand: what is appended to them comes from here, and each fetch that it would end costs more than the append.
 */
export class Tail {
  private readonly catchUp: CatchUp;
  private readonly attention = new Attention();
  /** Raised when partitions come, become another's to append to, or are read otherwise. */
  private changes = 0;
  private readonly streams = new Map<string, Promise<void>>();
  /** How each partition is being read. */
  private readonly manners = new Map<PartitionBooks, Manner>();
  private readonly closed = new AbortController();
  private readonly processors: Processors;
  /** How often somebody here began to wait until records are judged that are known to be there. */
  private waits = 0;
  /** How often this process asked others something. */
  private asks = 0;
  /** Rung when somebody here begins to wait: one of each stream, which rests by it. */
  private readonly alarms = new Set<Alarm>();
  private readonly brokers: Brokers;
  private readonly ports: Ports;
  private readonly log: HostLog;
  private readonly intake: Intake;

  constructor(brokers: Brokers, ports: Ports, log: HostLog, intake: Intake) {
    this.brokers = brokers;
    this.ports = ports;
    this.processors = new Processors(ports.clock);
    this.log = log;
    this.intake = intake;
    this.catchUp = new CatchUp(brokers, intake, log);
    brokers.onMove(() => this.spread());
  }

  follow(books: readonly PartitionBooks[]): void {
    for (const each of books) {
      this.intake.add(each);
      each.onAwaited = (patiently) => this.await(each, patiently);
      each.onTenure = () => this.divide(each);
    }
    this.changes++;
    this.spread();
  }

  /** This process waits for what others append to these topics. */
  hurry(topics: Iterable<string>): void {
    this.asks++;
    if (!this.attention.await(topics)) return;
    this.turn();
    this.ring();
  }

  async close(): Promise<void> {
    this.closed.abort();
    this.ring();
    await Promise.all([...this.streams.values(), this.catchUp.close()]);
    for (const each of this.intake.all()) each.abandon(new AppendError({ kind: 'unknown' }, 'the log is closed'));
  }

  private await(books: PartitionBooks, patiently: boolean): void {
    if (books.isOurs && books.isBehind) this.catchUp.begin(books);
    if (patiently) return;
    this.waits++;
    this.ring();
  }

  /** The partition became this process's, or another's. */
  private divide(books: PartitionBooks): void {
    this.changes++;
    if (!books.isOurs) this.spread();
    else if (books.isBehind) this.catchUp.begin(books);
  }

  private ring(): void {
    for (const alarm of this.alarms) alarm.ring();
  }

  /** Topics are read otherwise from now on. */
  private turn(): void {
    this.changes++;
    this.spread();
  }

  /** Every broker that leads something of others has its streams. */
  private spread(): void {
    if (this.closed.signal.aborted) return;
    for (const each of this.intake.all()) {
      const leader = isTailed(each) ? this.brokers.leaderOf(each) : undefined;
      if (leader === undefined) continue;
      const manner = this.attention.mannerOf(each.topic);
      const name = `${leader} ${manner}`;
      if (!this.streams.has(name)) this.streams.set(name, this.stream(name, leader, manner));
    }
  }

  /** What the broker's stream of this manner asks for. A partition that is read otherwise from now on is read as before until the other stream has taken it. */
  private take(node: number, manner: Manner): PartitionBooks[] {
    const taken: PartitionBooks[] = [];
    for (const each of this.intake.all()) {
      if (!isTailed(each) || this.brokers.leaderOf(each) !== node) continue;
      const isDue = this.attention.mannerOf(each.topic) === manner;
      const isRead = this.manners.get(each) === manner;
      if (isDue || isRead) taken.push(each);
      if (!isDue || isRead) continue;
      this.manners.set(each, manner);
      this.changes++;
    }
    return taken;
  }

  private async stream(name: string, node: number, manner: Manner): Promise<void> {
    const pace = new FetchPace(manner, this.processors);
    const alarm = new Alarm(this.ports.timers);
    this.alarms.add(alarm);
    const stands = () => `${this.brokers.version} ${this.changes}`;
    let session = noSession();
    let seen = '';
    let led: PartitionBooks[] = [];
    let failures = 0;
    let { waits, asks } = this;
    while (!this.closed.signal.aborted) {
      if (stands() !== seen) {
        led = this.take(node, manner);
        session = noSession();
        pace.changed();
        seen = stands();
      }
      if (led.length === 0) {
        // At once: who spreads between this and the promise's end must start another.
        this.streams.delete(name);
        this.alarms.delete(alarm);
        return;
      }
      try {
        const answer = await this.fetch(this.brokers.link(node, manner), session, led, pace.wait);
        const { moved, foreign, topics } = await this.intake.take(answer);
        session = answer.errorCode === CODE.none && answer.sessionId !== 0 ? { id: answer.sessionId, epoch: session.epoch + 1, asked: session.asked } : noSession();
        failures = 0;
        if (led.some((each) => each.stopped)) seen = '';
        if (moved) await this.brokers.lookAgain();
        if (this.attention.arrived(topics)) this.turn();
        const awaited = this.waits !== waits || led.some((each) => each.isAwaited || this.attention.mannerOf(each.topic) === 'promptly');
        const asked = this.asks !== asks;
        ({ waits, asks } = this);
        await this.rest(pace.rest(foreign, { awaited, asked }), alarm);
      } catch (error) {
        session = noSession();
        if (this.closed.signal.aborted) return;
        if (failures++ % 50 === 0) this.log.warn('cannot read the log', { broker: node, error: (error as Error).message });
        await this.brokers.lookAgain();
      }
    }
  }

  private fetch(link: BrokerLink, session: Session, led: readonly PartitionBooks[], wait: number): Promise<Answers['Fetch']> {
    const wanted = led.filter((each) => session.asked.get(each) !== each.next).map((books) => {
      session.asked.set(books, books.next);
      return { topic: books.topic, partition: books.partition, offset: books.next };
    });
    return link.call('Fetch', { ...fetchOf(wanted, wait), sessionId: session.id, sessionEpoch: session.epoch }, wait);
  }

  private async rest({ least, most }: Rest, alarm: Alarm): Promise<void> {
    if (least > 0) await delay(this.ports.timers, least, this.closed.signal);
    if (most > least) await alarm.wait(most - least);
  }
}

const isTailed = (books: PartitionBooks): boolean => !books.stopped && !books.isOurs;
