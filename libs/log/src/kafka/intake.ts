import { nameOf } from '../driver.ts';
import type { HostLog } from '../host/options.ts';
import type { PartitionBooks } from './books.ts';
import { CODE, codeName, type Answers, type FetchedPartition } from './protocol.ts';

export interface IntakeEvents {
  /** Valid records of these partitions came. */
  arrived(books: readonly PartitionBooks[]): void;
  /** The partition no longer has the offset that comes next. */
  outOfRange(books: PartitionBooks): Promise<void>;
  /** Offset of the first record that a broker still has. */
  startsAt(books: PartitionBooks, offset: number): void;
}

/** What a fetch brought. */
export interface Taken {
  /** A partition has another leader, or none. */
  readonly moved: boolean;
  /** Records of other processes. */
  readonly foreign: number;
  /** The topics that they are of. */
  readonly topics: ReadonlySet<string>;
}

/** Judges what comes from the brokers, whoever asked for it. */
export class Intake {
  private readonly books = new Map<string, PartitionBooks>();
  private readonly log: HostLog;
  private readonly events: IntakeEvents;

  constructor(log: HostLog, events: IntakeEvents) {
    this.log = log;
    this.events = events;
  }

  add(books: PartitionBooks): void {
    this.books.set(nameOf(books), books);
  }

  all(): Iterable<PartitionBooks> {
    return this.books.values();
  }

  async take(answer: Answers['Fetch']): Promise<Taken> {
    let moved = false;
    let foreign = 0;
    const topics = new Set<string>();
    const arrived: PartitionBooks[] = [];
    for (const { topicName, partitions } of answer.responses) {
      for (const fetched of partitions) {
        const books = this.books.get(nameOf({ topic: topicName, partition: fetched.partition }));
        if (!books || books.stopped) continue;
        if (fetched.errorCode !== CODE.none) moved = (await this.fault(books, fetched)) || moved;
        else {
          this.events.startsAt(books, Number(fetched.lastStartOffset));
          if (!books.isOurs && fetched.messages.length > 0) {
            foreign += fetched.messages.length;
            topics.add(topicName);
          }
          if (fetched.messages.length > 0 && books.admit(fetched.messages.map(({ offset, value }) => ({ offset: Number(offset), text: value?.toString('utf8') ?? '' })))) arrived.push(books);
        }
      }
    }
    if (arrived.length > 0) this.events.arrived(arrived);
    return { moved, foreign, topics };
  }

  /**
   * Judges what a broker says it appended. Right behind all that was judged here there is nothing that could have come before it, so it need not be fetched; what does come before it is fetched first. `key`: who
   * waits for it, as `PartitionBooks.awaits` has it.
   */
  async takeOwn(books: PartitionBooks, { offset, startsAt }: { readonly offset: number; readonly startsAt: number }, texts: readonly string[], key: string): Promise<void> {
    this.events.startsAt(books, startsAt);
    if (books.stopped) throw books.stopped;
    if (offset > books.next) return books.reached(offset + texts.length);
    if (offset === books.next) {
      if (books.admit(texts.map((text, i) => ({ offset: offset + i, text })))) this.events.arrived([books]);
    }
    // Another record was judged to be at this place.
    else if (books.awaits(key)) await this.events.outOfRange(books);
  }

  private async fault(books: PartitionBooks, { errorCode }: FetchedPartition): Promise<boolean> {
    if (errorCode === CODE.offsetOutOfRange) {
      await this.events.outOfRange(books);
      return false;
    }
    this.log.info('a partition is read from another broker', { partition: nameOf(books), reason: codeName(errorCode) });
    return true;
  }
}
