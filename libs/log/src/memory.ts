import { AppendError, nameOf, partitionNamed, START, type ClaimRequest, type Ends, type LogDriver, type Row, type RowPosition, type Segment, type TopicPartition } from './driver.ts';
import { MemoryMembers } from './memory-members.ts';
import type { Membership } from './membership.ts';
import type { SnapshotStore, StoredSnapshot } from './snapshot.ts';

interface Books {
  epoch: number;
  owner: string;
  address: string;
  nextSeq: number;
  readonly rows: Row[];
}

/** The log in memory, for tests and simulation: same fence, same rows, nothing durable. Several processes may share one. */
export class MemoryLog {
  private readonly partitions = new Map<string, Books>();
  private readonly listeners = new Set<(ends: Ends) => void>();
  private readonly snapshots = new Map<string, Map<number, StoredSnapshot>>();
  /** The processes that share it. */
  readonly members = new MemoryMembers();

  driver(options: { joint: boolean; now: () => number }): LogDriver {
    return {
      joint: options.joint,
      claim: (requests) => settle(() => requests.filter((request) => this.claim(request)).map(({ topic, partition }) => ({ topic, partition }))),
      append: (segments) => settle(() => this.append(segments)),
      read: (partition, after, limit) => settle(() => this.read(partition, after, limit)),
      heads: (topics) => settle(() => new Map([...this.partitions].filter(([name]) => topics.includes(partitionNamed(name).topic)).map(([name, { epoch, nextSeq, address }]) => [name, { epoch, nextSeq, address }]))),
      onAppend: (listener) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      },
      now: () => settle(options.now),
      close: async () => {},
    };
  }

  snapshotStore(): SnapshotStore {
    const of = (topic: string, partition: number) => {
      const name = nameOf({ topic, partition });
      const kept = this.snapshots.get(name) ?? new Map<number, StoredSnapshot>();
      this.snapshots.set(name, kept);
      return kept;
    };
    return {
      save: async (topic, partition, snapshot) => void of(topic, partition).set(snapshot.seq, snapshot),
      list: async (topic, partition) => [...of(topic, partition).keys()].sort((a, b) => b - a),
      load: async (topic, partition, seq) => of(topic, partition).get(seq),
      remove: async (topic, partition, seqs) => seqs.forEach((seq) => of(topic, partition).delete(seq)),
    };
  }

  membership(): Membership {
    return this.members.membership();
  }

  private books(partition: TopicPartition): Books {
    const name = nameOf(partition);
    let books = this.partitions.get(name);
    if (!books) this.partitions.set(name, (books = { epoch: 0, owner: '', address: '', nextSeq: 0, rows: [] }));
    return books;
  }

  private claim(request: ClaimRequest): boolean {
    const books = this.books(request);
    if (request.epoch !== books.epoch + 1) return false;
    books.epoch = request.epoch;
    books.owner = request.owner;
    books.address = request.address;
    books.rows.push({ epoch: request.epoch, lastSeq: books.nextSeq - 1, records: [request.record] });
    this.tell([request]);
    return true;
  }

  private append(segments: readonly Segment[]): void {
    const fenced = segments.filter((segment) => {
      const books = this.books(segment);
      return books.epoch !== segment.epoch || books.owner !== segment.owner || books.nextSeq !== segment.firstSeq;
    });
    if (fenced.length) throw new AppendError({ kind: 'fenced', partitions: fenced }, `fenced: ${fenced.map(nameOf).join(', ')}`);
    for (const segment of segments) {
      const books = this.books(segment);
      books.nextSeq = segment.lastSeq + 1;
      books.rows.push({ epoch: segment.epoch, lastSeq: segment.lastSeq, records: segment.records });
    }
    this.tell(segments);
  }

  private read(partition: TopicPartition, after: RowPosition = START, limit = 1 << 20): Row[] {
    const rows: Row[] = [];
    let bytes = 0;
    for (const row of this.after(this.books(partition).rows, after)) {
      rows.push(row);
      bytes += row.records.reduce((sum, record) => sum + record.length, 0);
      if (bytes >= limit) break;
    }
    return rows;
  }

  private after(rows: readonly Row[], { lastSeq, epoch }: RowPosition): readonly Row[] {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = rows[middle]!;
      if (row.lastSeq > lastSeq || (row.lastSeq === lastSeq && row.epoch > epoch)) high = middle;
      else low = middle + 1;
    }
    return rows.slice(low);
  }

  private tell(partitions: readonly TopicPartition[]): void {
    const ends = new Map(partitions.map((partition) => [nameOf(partition), this.books(partition)]));
    for (const listener of this.listeners) listener(ends);
  }
}

/** Answers in a later turn, as a store would; throws become rejections. */
async function settle<T>(answer: () => T): Promise<T> {
  await Promise.resolve();
  return answer();
}
