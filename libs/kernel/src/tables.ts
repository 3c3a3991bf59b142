import { canonical } from './json.ts';
import { DIGEST_MODULUS, digestOf } from './hash.ts';
import { SortedIds, type SortKey } from './sorted.ts';

/** Names an entity's place in an index: the bucket, then the order inside it; `undefined` leaves it out. */
export type IndexKey<T> = (entity: T, id: string) => readonly [bucket: string, ...order: (number | string)[]] | undefined;

export interface TableSpec<T> {
  readonly indexes?: Readonly<Record<string, IndexKey<T>>>;
}

/** What a decider sees of a table. */
export interface ReadonlyTable<T> {
  readonly size: number;
  get(id: string): T | undefined;
  has(id: string): boolean;
  /** Ids of one bucket of an index, in order; with `from` those whose order is not below it, found in O(log n). */
  list(index: string, bucket: string, from?: SortKey): Iterable<string>;
  first(index: string, bucket: string): string | undefined;
  count(index: string, bucket: string): number;
  /** Every id, in no order that a decision may rest on. */
  ids(): Iterable<string>;
}

interface Change {
  readonly table: Table<object>;
  readonly id: string;
  readonly before: object | undefined;
}

/**
 * One kind of entity of a partition's state. Entities are immutable values that are replaced whole; the table
 * journals what it replaced, so that speculation can be dropped in O(what it changed).
 */
export class Table<T extends object> implements ReadonlyTable<T> {
  private readonly rows = new Map<string, T>();
  private readonly indexes: { readonly name: string; readonly keyOf: IndexKey<T>; readonly buckets: Map<string, SortedIds> }[];
  private readonly digests = new Map<string, bigint>();
  private readonly dirty = new Set<string>();
  private digest = 0n;
  readonly name: string;
  private readonly journal: (change: Change) => void;

  constructor(name: string, spec: TableSpec<T>, journal: (change: Change) => void) {
    this.name = name;
    this.journal = journal;
    this.indexes = Object.entries(spec.indexes ?? {}).map(([index, keyOf]) => ({ name: index, keyOf, buckets: new Map() }));
  }

  get size(): number {
    return this.rows.size;
  }

  get(id: string): T | undefined {
    return this.rows.get(id);
  }

  has(id: string): boolean {
    return this.rows.has(id);
  }

  ids(): Iterable<string> {
    return this.rows.keys();
  }

  put(id: string, entity: T): void {
    this.replace(id, entity);
  }

  delete(id: string): void {
    if (this.rows.has(id)) this.replace(id, undefined);
  }

  list(index: string, bucket: string, from?: SortKey): Iterable<string> {
    const ids = this.bucketsOf(index).get(bucket);
    return (from ? ids?.from(from) : ids) ?? [];
  }

  first(index: string, bucket: string): string | undefined {
    return this.bucketsOf(index).get(bucket)?.first();
  }

  count(index: string, bucket: string): number {
    return this.bucketsOf(index).get(bucket)?.size ?? 0;
  }

  /** Sets a row without journal: for rollback and for loading a snapshot. */
  restore(id: string, entity: T | undefined): void {
    const before = this.rows.get(id);
    if (entity === undefined) this.rows.delete(id);
    else this.rows.set(id, entity);
    this.dirty.add(id);
    for (const index of this.indexes) this.reindex(index, id, before, entity);
  }

  /** Sum of the digests of all rows modulo 2^256; costs O(rows changed since the last call). */
  sum(): bigint {
    for (const id of this.dirty) {
      const old = this.digests.get(id) ?? 0n;
      const row = this.rows.get(id);
      const now = row === undefined ? 0n : this.digestOf(id, row);
      if (row === undefined) this.digests.delete(id);
      else this.digests.set(id, now);
      this.digest = (this.digest + now - old + DIGEST_MODULUS) % DIGEST_MODULUS;
    }
    this.dirty.clear();
    return this.digest;
  }

  /** What the sum would change by if the row were `before` again. */
  sumDifference(id: string, before: T | undefined): bigint {
    return (before === undefined ? 0n : this.digestOf(id, before)) - (this.digests.get(id) ?? 0n);
  }

  private digestOf(id: string, row: T): bigint {
    return digestOf(`${this.name}|${id}|${canonical(row)}`);
  }

  private replace(id: string, entity: T | undefined): void {
    this.journal({ table: this as unknown as Table<object>, id, before: this.rows.get(id) });
    this.restore(id, entity);
  }

  private reindex(index: (typeof this.indexes)[number], id: string, before: T | undefined, after: T | undefined): void {
    const from = before === undefined ? undefined : index.keyOf(before, id);
    const to = after === undefined ? undefined : index.keyOf(after, id);
    if (from && to && from.length === to.length && from.every((part, i) => part === to[i])) return;
    if (from) {
      const ids = index.buckets.get(from[0])!;
      ids.remove(from.slice(1) as SortKey, id);
      if (ids.size === 0) index.buckets.delete(from[0]);
    }
    if (to) {
      let ids = index.buckets.get(to[0]);
      if (!ids) index.buckets.set(to[0], (ids = new SortedIds()));
      ids.add(to.slice(1) as SortKey, id);
    }
  }

  private bucketsOf(index: string): Map<string, SortedIds> {
    const found = this.indexes.find((candidate) => candidate.name === index);
    if (!found) throw new Error(`table ${this.name} has no index ${index}`);
    return found.buckets;
  }
}

/** The kinds of entities of a service's state. */
export type Schema = Readonly<Record<string, TableSpec<never>>>;
type EntityOf<S> = S extends TableSpec<infer T> ? (T extends object ? T : never) : never;
/** The state as `evolve` sees it. */
export type State<S> = { readonly [K in keyof S]: Table<EntityOf<S[K]>> };
/** The state as `decide` sees it. */
export type View<S> = { readonly [K in keyof S]: ReadonlyTable<EntityOf<S[K]>> };

/** Declares one kind of entity. */
export function table<T extends object>(indexes: Readonly<Record<string, IndexKey<T>>> = {}): TableSpec<T> {
  return { indexes };
}

/** All tables of one partition, with one journal and one state hash. */
export class Tables {
  readonly byName = new Map<string, Table<object>>();
  private changes: Change[] = [];
  private released = 0;

  constructor(schema: Readonly<Record<string, TableSpec<never>>>) {
    for (const [name, spec] of Object.entries(schema)) {
      this.byName.set(name, new Table(name, spec as TableSpec<object>, (change) => void this.changes.push(change)));
    }
  }

  /** Typed access to the tables. */
  view<S>(): State<S> {
    return Object.fromEntries(this.byName) as unknown as State<S>;
  }

  /** A point in the journal to return to. */
  mark(): number {
    return this.released + this.changes.length;
  }

  /** Undoes every change since the mark. */
  rollback(mark: number): void {
    while (this.mark() > mark) {
      const change = this.changes.pop()!;
      change.table.restore(change.id, change.before);
    }
  }

  /** Forgets how to undo what happened before the mark. */
  release(mark: number): void {
    const count = mark - this.released;
    if (count <= 0) return;
    if (count >= this.changes.length) this.changes = [];
    else this.changes.splice(0, count);
    this.released = mark;
  }

  /** Order-free hash of all rows (reliability.md section 4.4), hex. */
  hash(): string {
    let sum = 0n;
    for (const each of this.byName.values()) sum += each.sum();
    return (sum % DIGEST_MODULUS).toString(16).padStart(64, '0');
  }

  /** The hash as it was at the mark; costs O(rows changed since the last call and since the mark). */
  hashAt(mark: number): string {
    let sum = BigInt(`0x${this.hash()}`);
    for (const [each, rows] of this.replacedSince(mark)) for (const [id, before] of rows) sum += each.sumDifference(id, before);
    return (((sum % DIGEST_MODULUS) + DIGEST_MODULUS) % DIGEST_MODULUS).toString(16).padStart(64, '0');
  }

  /** All rows, or those of one table, as they were at the mark, whatever was speculated since. */
  rowsAt(mark: number, table?: string): [table: string, id: string, entity: object][] {
    const before = this.replacedSince(mark);
    const all: [string, string, object][] = [];
    for (const each of table === undefined ? this.byName.values() : [this.byName.get(table)!]) {
      const changed = before.get(each);
      for (const id of each.ids()) if (!changed?.has(id)) all.push([each.name, id, each.get(id)!]);
      for (const [id, row] of changed ?? []) if (row) all.push([each.name, id, row]);
    }
    return all;
  }

  private replacedSince(mark: number): Map<Table<object>, Map<string, object | undefined>> {
    const before = new Map<Table<object>, Map<string, object | undefined>>();
    for (const change of this.changes.slice(Math.max(0, mark - this.released))) {
      const rows = before.get(change.table) ?? new Map<string, object | undefined>();
      if (!rows.has(change.id)) rows.set(change.id, change.before);
      before.set(change.table, rows);
    }
    return before;
  }
}
