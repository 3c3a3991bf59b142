import { nameOf, type Row, type RowPosition } from '../driver.ts';
import { judgeBeginning } from '../rule.ts';
import type { PartitionBooks } from './books.ts';
import type { Brokers } from './brokers.ts';
import { PLACE_EVERY, type Place } from './places.ts';
import { CODE, codeName, READ_UNCOMMITTED, type FetchedRecord } from './protocol.ts';
import { isAfter, rowsOf, type Valid } from './rows.ts';
import { LogStopped } from './stopped.ts';

const LEAST_BYTES = 64 * 1024;
const MOST_BYTES = 1 << 20;

/** Reads what is no longer among the newest records, by the same rule, from the nearest place that is known before it. */
export class History {
  private readonly brokers: Brokers;

  constructor(brokers: Brokers) {
    this.brokers = brokers;
  }

  async rows(books: PartitionBooks, after: RowPosition, limit: number): Promise<Row[]> {
    const reading = new Reading(books, after, limit);
    const end = books.next;
    while (reading.offset < end && !reading.full) {
      reading.take(await this.brokers.patiently(() => this.page(books, reading.offset, Math.min(MOST_BYTES, Math.max(LEAST_BYTES, limit)))));
    }
    books.places.add(reading.place);
    return rowsOf(reading.found);
  }

  private async page(books: PartitionBooks, offset: number, maxBytes: number): Promise<readonly FetchedRecord[]> {
    const link = await this.brokers.linkTo(books, 'pages');
    const { responses } = await link.call('Fetch', {
      maxWaitTime: 0, minBytes: 0, maxBytes, isolationLevel: READ_UNCOMMITTED, rackId: '',
      topics: [{ topic: books.topic, partitions: [{ partition: books.partition, fetchOffset: offset, maxBytes }] }],
    });
    const { errorCode, messages } = responses[0]!.partitions[0]!;
    if (errorCode === CODE.none) return messages;
    if (errorCode === CODE.offsetOutOfRange) throw new LogStopped('LogStartMoved', `${nameOf(books)} no longer has offset ${offset}: records were deleted.`);
    throw new Error(`${nameOf(books)}: ${codeName(errorCode)}`);
  }
}

class Reading {
  readonly found: Valid[] = [];
  offset: number;
  private rule: Place['rule'];
  private size = 0;
  private sincePlace = 0;
  private readonly books: PartitionBooks;
  private readonly after: RowPosition;
  private readonly limit: number;

  constructor(books: PartitionBooks, after: RowPosition, limit: number) {
    this.books = books;
    this.after = after;
    this.limit = limit;
    ({ offset: this.offset, rule: this.rule } = books.places.before(after));
  }

  get full(): boolean {
    return this.size >= this.limit;
  }

  /** Where reading may go on. */
  get place(): Place {
    return { offset: this.offset, rule: this.rule };
  }

  take(records: readonly FetchedRecord[]): void {
    if (records.length === 0) throw new LogStopped('RecordsMissing', `${nameOf(this.books)} has nothing at offset ${this.offset}, where it had a record before.`);
    for (const { offset, value } of records) {
      if (this.full) return;
      if (Number(offset) < this.offset) continue;
      if (Number(offset) > this.offset) throw new LogStopped('RecordsMissing', `${nameOf(this.books)} has no records from offset ${this.offset} to ${Number(offset) - 1}.`);
      this.offset++;
      this.judge(value?.toString('utf8') ?? '');
    }
  }

  private judge(text: string): void {
    const judged = judgeBeginning(this.rule, text);
    if (!judged || (judged.verdict !== 'claim' && judged.verdict !== 'commit')) return;
    this.rule = judged.state;
    const valid = { isClaim: judged.verdict === 'claim', epoch: this.rule.epoch, seq: this.rule.nextSeq - 1, text, hash: judged.hash };
    if (isAfter(valid, this.after)) {
      this.found.push(valid);
      this.size += text.length;
    }
    if (++this.sincePlace < PLACE_EVERY) return;
    this.sincePlace = 0;
    this.books.places.add(this.place);
  }
}
