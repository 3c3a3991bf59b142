import type { Recipient, SourceCursor } from '../record.ts';

interface Place {
  readonly seq: number;
  readonly index: number;
}

/**
 * What a process remembers of a source that it has read: which of its events was the last for each partition. A partition that comes here and has answered that one needs nothing of what was
 * read before, however much it is.
 */
export class Addressed {
  /** Commits from `from` to before `next` were read one after the other. */
  private from = 0;
  private next = 0;
  private readonly last = new Map<string, Place>();
  private readonly partitionOf: (key: string) => number;

  constructor(partitionOf: (key: string) => number) {
    this.partitionOf = partitionOf;
  }

  note(seq: number, to: readonly (readonly Recipient[])[]): void {
    to.forEach((recipients, index) => {
      if (recipients.length === 0) return;
      const place = { seq, index };
      for (const [service, key] of recipients) {
        const name = `${service}/${this.partitionOf(key)}`;
        const before = this.last.get(name);
        if (!before || isBefore(before, place)) this.last.set(name, place);
      }
    });
  }

  /** Commits from `from` to before `next` were read, and those of them that count were noted. */
  read(from: number, next: number): void {
    if (from <= this.next && next >= this.from) [this.from, this.next] = [Math.min(this.from, from), Math.max(this.next, next)];
    else if (next > this.next) [this.from, this.next] = [from, next];
  }

  /** Whether none of the commits before `next` says anything to the partition that it has not answered. */
  isAnswered(name: string, cursor: SourceCursor | undefined, next: number): boolean {
    // The cursor's own commit may be answered in part, so it has to be among those that were read.
    if (this.next === 0 || this.from > (cursor?.seq ?? 0) || this.next < next) return false;
    const last = this.last.get(name);
    return !last || (cursor !== undefined && !isBefore(cursor, last));
  }
}

const isBefore = (a: Place, b: Place): boolean => a.seq < b.seq || (a.seq === b.seq && a.index < b.index);
