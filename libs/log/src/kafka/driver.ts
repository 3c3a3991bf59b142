import type { Ports } from '@novacron/kernel';
import { AppendError, nameOf, type ClaimRequest, type Ends, type Head, type LogDriver, type Row, type RowPosition, type Segment, type TopicPartition } from '../driver.ts';
import type { HostLog } from '../host/options.ts';
import { decode, type Claim } from '../record.ts';
import { EMPTY } from '../rule.ts';
import { PartitionBooks } from './books.ts';
import { Brokers } from './brokers.ts';
import { History } from './history.ts';
import { Intake } from './intake.ts';
import { Offsets } from './offsets.ts';
import { Producer } from './producer.ts';
import type { KafkaSettings } from './settings.ts';
import { LogStopped } from './stopped.ts';
import { Tail } from './tail.ts';
import { within } from './within.ts';

/** No commit is as large (record.ts); refused before it is sent, because a broker's own limit is for a whole batch. */
const MOST_RECORD_BYTES = 600_000;
/** A batch stays below Kafka's default `max.message.bytes`, with so much for each record's own header. */
const MOST_BATCH_BYTES = 1_000_000;
const HEADER_BYTES = 40;
/** The topic whose records' append times are the log's clock. */
export const CLOCK_TOPIC = 'clock';
const PAGE_CHARACTERS = 1 << 20;

export interface KafkaLogOptions {
  readonly ports: Ports;
  readonly log: HostLog;
}

/**
 * The log in Kafka: a topic for each service, a record for each commit or claim. Nothing counts before it came round: this process judges every
 * record of the partitions that it touches by the rule, in the log's order, its own as all others. What others append is fetched; where its own lies,
 * the broker says (docs/adr/0018).
 */
export class KafkaLog implements LogDriver {
  readonly joint = false;
  private readonly settings: KafkaSettings;
  private readonly options: KafkaLogOptions;
  private readonly brokers: Brokers;
  private readonly producer: Producer;
  private readonly offsets: Offsets;
  private readonly history: History;
  private readonly intake: Intake;
  private readonly tail: Tail;
  private readonly topics = new Map<string, Promise<readonly PartitionBooks[]>>();
  private readonly listeners = new Set<(ends: Ends) => void>();

  constructor(settings: KafkaSettings, options: KafkaLogOptions) {
    this.settings = settings;
    this.options = options;
    this.brokers = new Brokers(settings, options.ports);
    this.producer = new Producer(this.brokers, options.ports.timers, settings.requestTimeoutMs);
    this.offsets = new Offsets(this.brokers);
    this.history = new History(this.brokers);
    this.intake = new Intake(options.log, {
      arrived: (books) => this.tell(books),
      outOfRange: (books) => this.offsets.explain(books),
      startsAt: (books, offset) => void (offset > 0 && books.stop(startMoved(books, offset))),
    });
    this.tail = new Tail(this.brokers, options.ports, options.log, this.intake);
  }

  async claim(requests: readonly ClaimRequest[]): Promise<readonly TopicPartition[]> {
    const won = await Promise.all(requests.map((request) => this.claimOne(request)));
    return requests.filter((_, i) => won[i]).map(({ topic, partition }) => ({ topic, partition }));
  }

  async append(segments: readonly Segment[]): Promise<void> {
    for (const segment of segments) await this.appendOne(segment);
  }

  async read(partition: TopicPartition, after: RowPosition, limit = PAGE_CHARACTERS): Promise<readonly Row[]> {
    const books = await this.booksOf(partition);
    if (!books) return [];
    const rows = books.recentRows(after, limit) ?? (await this.history.rows(books, after, limit));
    // Who asks in a loop must not keep what it waits for from coming.
    if (rows.length === 0) await new Promise<void>((resolve) => this.options.ports.timers.yield(resolve));
    return rows;
  }

  async heads(topics: readonly string[], patiently = false): Promise<ReadonlyMap<string, Head>> {
    const books = (await Promise.all(topics.map((topic) => this.open(topic)))).flat();
    const read = books.map(({ next }) => next);
    const ends = await this.offsets.ends(books);
    for (const [i, each] of books.entries()) if (ends.get(each)! < read[i]!) await this.offsets.explain(each);
    await this.inTime(Promise.all(books.map((each) => each.reached(ends.get(each)!, patiently))), 'the end of the log was not read');
    return new Map(books.filter(({ head }) => head.epoch > 0).map((each) => [this.nameOf(each), each.head]));
  }

  release(partition: TopicPartition): void {
    void this.open(partition.topic).then((books) => books[partition.partition]?.release(), () => {});
  }

  hurry(topics: Iterable<string>): void {
    this.tail.hurry(Array.from(topics, (topic) => this.theirs(topic)));
  }

  onAppend(listener: (ends: Ends) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The time that the brokers put on a record. */
  async now(): Promise<number> {
    return (await this.producer.send({ topic: this.theirs(CLOCK_TOPIC), partition: 0 }, [''])).time;
  }

  async close(): Promise<void> {
    const tail = this.tail.close();
    this.brokers.close();
    await tail;
  }

  private async claimOne({ topic, partition, epoch, owner, record }: ClaimRequest): Promise<boolean> {
    const all = await this.open(topic);
    const books = all[partition];
    const claim = decode(record) as Claim;
    if (!books || claim.partitions !== all.length) throw new Error(`topic ${topic} was made with ${all.length} partitions and is configured with ${claim.partitions}: set it back; the count never changes`);
    going(books);
    if (books.head.epoch + 1 !== epoch) return false;
    const round = books.claimed(epoch, owner);
    round.catch(() => {});
    try {
      await this.send(books, [record], owner);
      return await this.inTime(round, `${nameOf(books)}: a claim did not come round`);
    } finally {
      books.forget(owner);
    }
  }

  private async appendOne(segment: Segment): Promise<void> {
    const books = await this.booksOf(segment);
    if (!books?.owns(segment.epoch, segment.owner, segment.firstSeq)) throw fenced(segment);
    const batches = batchesOf(segment);
    for (const [i, batch] of batches.entries()) {
      try {
        await this.appendBatch(books, segment, batch);
      } catch (error) {
        // What came before it did land, so that of the whole nothing less is known.
        if (i > 0 && error instanceof AppendError) throw new AppendError({ kind: 'unknown' }, error.message);
        throw error;
      }
    }
  }

  private async appendBatch(books: PartitionBooks, segment: Segment, texts: readonly string[]): Promise<void> {
    const last = texts.at(-1)!;
    const round = books.appended(segment.epoch, last);
    round.catch(() => {});
    try {
      // What came round is in the log, whether or not the broker has said so yet.
      const acknowledged = this.send(books, texts, last).then(() => this.inTime(round, `${nameOf(books)}: an append did not come round`));
      if ((await Promise.race([round, acknowledged])) === 'fenced') throw fenced(segment);
    } finally {
      books.forget(last);
    }
  }

  private async send(books: PartitionBooks, texts: readonly string[], key: string): Promise<void> {
    const produced = await this.producer.send(books, texts);
    // Who waits, waits for it to come round, in time.
    void this.intake.takeOwn(books, produced, texts, key).catch(() => {});
  }

  private async booksOf({ topic, partition }: TopicPartition): Promise<PartitionBooks | undefined> {
    return going((await this.open(topic))[partition]);
  }

  /** A topic's partitions, read to their ends; none where Kafka does not have it, and then it is looked for again the next time. */
  private open(topic: string): Promise<readonly PartitionBooks[]> {
    let opened = this.topics.get(topic);
    if (!opened) {
      opened = this.readTopic(this.theirs(topic));
      this.topics.set(topic, opened);
      opened.then((books) => books.length === 0 && this.topics.delete(topic), () => this.topics.delete(topic));
    }
    return opened;
  }

  private async readTopic(topic: string): Promise<readonly PartitionBooks[]> {
    const count = await this.brokers.partitionsOf(topic);
    const books = Array.from({ length: count }, (_, partition) => new PartitionBooks({ topic, partition }, this.options.log, { offset: 0, rule: EMPTY, address: '' }));
    for (const [each, offset] of await this.offsets.starts(books)) if (offset > 0) throw startMoved(each, offset);
    const ends = await this.offsets.ends(books);
    this.tail.follow(books);
    await Promise.all(books.map((each) => each.reached(ends.get(each)!)));
    return books;
  }

  private tell(books: readonly PartitionBooks[]): void {
    const ends = new Map(books.map((each) => [this.nameOf(each), each.head]));
    for (const listener of this.listeners) listener(ends);
  }

  private theirs(topic: string): string {
    return this.settings.prefix + topic;
  }

  /** As everybody but Kafka calls it. */
  private nameOf({ topic, partition }: TopicPartition): string {
    return nameOf({ topic: topic.slice(this.settings.prefix.length), partition });
  }

  /** What does not come round in time may come later: its outcome is unknown. */
  private inTime<T>(round: Promise<T>, otherwise: string): Promise<T> {
    return within(this.options.ports.timers, this.settings.requestTimeoutMs, round, () => new AppendError({ kind: 'unknown' }, otherwise));
  }
}

/** Nothing is answered of a partition that is stopped. */
function going<B extends PartitionBooks | undefined>(books: B): B {
  if (books?.stopped) throw books.stopped;
  return books;
}

function fenced({ topic, partition }: TopicPartition): AppendError {
  return new AppendError({ kind: 'fenced', partitions: [{ topic, partition }] }, `fenced: ${nameOf({ topic, partition })}`);
}

function startMoved(books: PartitionBooks, offset: number): LogStopped {
  return new LogStopped('LogStartMoved', `${nameOf(books)} starts at offset ${offset}, not 0: records were deleted, by retention or by hand. Restore the topic from a backup; nothing is decided on a log with a hole.`);
}

/** As few batches as Kafka takes, in order. */
function batchesOf({ topic, partition, firstSeq, records }: Segment): string[][] {
  const batches: string[][] = [];
  let bytes = Infinity;
  for (const [i, text] of records.entries()) {
    const size = Buffer.byteLength(text) + HEADER_BYTES;
    if (size > MOST_RECORD_BYTES + HEADER_BYTES) throw new AppendError({ kind: 'content' }, `commit ${firstSeq + i} of ${nameOf({ topic, partition })} has ${size - HEADER_BYTES} bytes: more than ${MOST_RECORD_BYTES} is not sent`);
    if (bytes + size > MOST_BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(text);
    bytes += size;
  }
  return batches;
}
