/** A sort key: compared member by member, numbers before texts. */
export type SortKey = readonly (number | string)[];

export function compareKeys(a: SortKey, b: SortKey): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a[i]!;
    const y = b[i]!;
    if (x === y) continue;
    if (typeof x !== typeof y) return typeof x === 'number' ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

interface Item {
  readonly key: SortKey;
  readonly id: string;
}

const CHUNK = 256;

/** An ordered multimap of ids by sort key, in chunks of at most 256: add and remove in O(log n + 256), iterate from the front. */
export class SortedIds {
  private readonly chunks: Item[][] = [];
  size = 0;

  add(key: SortKey, id: string): void {
    const item = { key, id };
    this.size++;
    if (this.chunks.length === 0) {
      this.chunks.push([item]);
      return;
    }
    const c = this.chunkFor(item);
    const chunk = this.chunks[c]!;
    chunk.splice(lowerBound(chunk, item), 0, item);
    if (chunk.length > CHUNK) this.chunks.splice(c + 1, 0, chunk.splice(CHUNK / 2));
  }

  remove(key: SortKey, id: string): void {
    const item = { key, id };
    if (this.chunks.length === 0) return;
    const c = this.chunkFor(item);
    const chunk = this.chunks[c]!;
    const i = lowerBound(chunk, item);
    if (!chunk[i] || compare(chunk[i], item) !== 0) return;
    chunk.splice(i, 1);
    this.size--;
    if (chunk.length === 0) this.chunks.splice(c, 1);
  }

  first(): string | undefined {
    return this.chunks[0]?.[0]?.id;
  }

  firstKey(): SortKey | undefined {
    return this.chunks[0]?.[0]?.key;
  }

  *[Symbol.iterator](): IterableIterator<string> {
    for (const chunk of this.chunks) for (const item of chunk) yield item.id;
  }

  /** From the first id whose key is not below the given one. */
  *from(key: SortKey): IterableIterator<string> {
    const item = { key, id: '' };
    if (this.chunks.length === 0) return;
    let c = this.chunkFor(item);
    let i = lowerBound(this.chunks[c]!, item);
    for (; c < this.chunks.length; c++, i = 0) for (const chunk = this.chunks[c]!; i < chunk.length; i++) yield chunk[i]!.id;
  }

  /** The chunk whose last item is the first that is not below the wanted one, or the last chunk. */
  private chunkFor(item: Item): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const chunk = this.chunks[middle]!;
      if (compare(chunk[chunk.length - 1]!, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compare(a: Item, b: Item): number {
  return compareKeys(a.key, b.key) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function lowerBound(items: readonly Item[], item: Item): number {
  let low = 0;
  let high = items.length;
  // Most additions go to the end: a queue grows there.
  if (high > 0 && compare(items[high - 1]!, item) < 0) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(items[middle]!, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
