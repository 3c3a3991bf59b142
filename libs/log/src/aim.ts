/** How far the reader of one partition has to read: first to its end, wherever that is, then as far as it was told that the partition reaches. */
export class Aim {
  private end = true;
  private told = 0;

  /** The partition reaches this far at least: the seq that comes next. */
  raise(nextSeq: number): void {
    if (nextSeq > this.told) this.told = nextSeq;
  }

  /** Nobody knows how far: until nothing more is found. */
  toEnd(): void {
    this.end = true;
  }

  /** Whether there is more for who has read up to `nextSeq`. */
  isBeyond(nextSeq: number): boolean {
    return this.end || nextSeq < this.told;
  }

  /** A read that finds nothing reached the end, and what was told before it began is not there; what was told meanwhile may be. */
  async reading<T>(nextSeq: number, read: () => Promise<readonly T[]>): Promise<readonly T[]> {
    const before = this.told;
    const rows = await read();
    if (rows.length > 0) return rows;
    this.end = false;
    if (this.told === before) this.told = nextSeq;
    return rows;
  }
}
