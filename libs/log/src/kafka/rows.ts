import type { Row, RowPosition } from '../driver.ts';

/** A valid record. */
export interface Valid {
  readonly isClaim: boolean;
  readonly epoch: number;
  /** Of the commit; of the one before it for a claim. */
  readonly seq: number;
  readonly text: string;
  /** Of the text; empty for a claim. */
  readonly hash: string;
}

export const isAfter = ({ seq, epoch }: Valid, after: RowPosition): boolean => seq > after.lastSeq || (seq === after.lastSeq && epoch > after.epoch);

/** Rows of valid records in log order: commits that follow each other under one claim make one row. */
export function rowsOf(records: readonly Valid[]): Row[] {
  const rows: { epoch: number; lastSeq: number; records: string[]; hashes: string[] }[] = [];
  let commits: (typeof rows)[number] | undefined;
  for (const { isClaim, epoch, seq, text, hash } of records) {
    if (!isClaim && commits) {
      commits.lastSeq = seq;
      commits.records.push(text);
      commits.hashes.push(hash);
      continue;
    }
    const row = { epoch, lastSeq: seq, records: [text], hashes: [hash] };
    rows.push(row);
    commits = isClaim ? undefined : row;
  }
  return rows;
}

/** The newest valid records of a partition, so that what was just appended need not be fetched again. */
export class RecentRecords {
  private records: Valid[] = [];
  private bytes = 0;
  private readonly most: number;
  /** Everything after this place is here. */
  private floor: RowPosition;

  constructor(floor: RowPosition, mostBytes: number) {
    this.floor = floor;
    this.most = mostBytes;
  }

  add(record: Valid): void {
    this.records.push(record);
    this.bytes += record.text.length;
    // In strides, so that one addition costs little.
    if (this.bytes > 2 * this.most) this.shrink();
  }

  /** Records after the place, up to about so many characters; undefined where some of them are gone from here. */
  after(place: RowPosition, limit: number): Valid[] | undefined {
    if (place.lastSeq < this.floor.lastSeq || (place.lastSeq === this.floor.lastSeq && place.epoch < this.floor.epoch)) return undefined;
    const found: Valid[] = [];
    for (let i = this.firstAfter(place), size = 0; i < this.records.length && size < limit; i++) {
      found.push(this.records[i]!);
      size += this.records[i]!.text.length;
    }
    return found;
  }

  private firstAfter(place: RowPosition): number {
    let low = 0;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isAfter(this.records[middle]!, place)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private shrink(): void {
    let gone = 0;
    for (; this.bytes > this.most && gone < this.records.length - 1; gone++) this.bytes -= this.records[gone]!.text.length;
    const { seq, epoch } = this.records[gone - 1]!;
    this.floor = { lastSeq: seq, epoch };
    this.records = this.records.slice(gone);
  }
}
