import { isCelList, isCelMap, isCelUint, type CelList, type CelMap, type CelValue } from '@bufbuild/cel';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import { durationMs, timestampDate, type Duration, type Timestamp } from '@bufbuild/protobuf/wkt';
import { spend } from './budget.ts';

/** Plain JSON; properties of objects may be getters, which run only when an expression reads them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

// The library recognises its lists and maps by these registered symbols. Its own conversion of plain objects is not used:
// it trips over `$typeName` and `constructor` keys, copies eagerly, and its list `+` recurses once per element.
const LIST = Symbol.for('@bufbuild/cel/list');
const MAP = Symbol.for('@bufbuild/cel/map');

class JsonList {
  readonly [LIST] = {};
  readonly json: readonly Json[];
  constructor(json: readonly Json[]) {
    this.json = json;
  }
  get size(): number {
    return this.json.length;
  }
  get(index: number): CelValue | undefined {
    return Number.isInteger(index) && index >= 0 && index < this.json.length ? toCel(this.json[index]) : undefined;
  }
  *values(): IterableIterator<CelValue> {
    for (const item of this.json) yield toCel(item);
  }
  [Symbol.iterator](): IterableIterator<CelValue> {
    return this.values();
  }
}

/** A list grown by `+`: appending to the newest view is amortised O(1), which makes `map` over n elements O(n). */
export class JoinedList {
  readonly [LIST] = {};
  readonly items: CelValue[];
  readonly size: number;
  constructor(items: CelValue[]) {
    this.items = items;
    this.size = items.length;
  }
  get(index: number): CelValue | undefined {
    return Number.isInteger(index) && index >= 0 && index < this.size ? this.items[index] : undefined;
  }
  *values(): IterableIterator<CelValue> {
    for (let i = 0; i < this.size; i++) {
      spend(1);
      yield this.items[i] as CelValue;
    }
  }
  [Symbol.iterator](): IterableIterator<CelValue> {
    return this.values();
  }
}

/** `left + right` of two lists. */
export function joinLists(left: CelList, right: CelList): CelList {
  spend(right.size);
  let items: CelValue[];
  // Only the view that ends where the array ends may grow it; an older view would overwrite what the newer one shows.
  if (left instanceof JoinedList && left.items.length === left.size) items = left.items;
  else {
    spend(left.size);
    items = [...left];
  }
  for (const item of [...right]) items.push(item);
  return new JoinedList(items) as unknown as CelList;
}

class JsonMap {
  readonly [MAP] = {};
  readonly #fields: Readonly<Record<string, Json>>;
  constructor(fields: Readonly<Record<string, Json>>) {
    this.#fields = fields;
  }
  get size(): number {
    return Object.keys(this.#fields).length;
  }
  /** Own keys only: nothing inherited is ever visible to an expression. */
  get(key: unknown): CelValue | undefined {
    if (!this.has(key)) return undefined;
    return toCel(this.#fields[key as string]);
  }
  has(key: unknown): boolean {
    return typeof key === 'string' && Object.hasOwn(this.#fields, key);
  }
  keys(): IterableIterator<string> {
    const keys = Object.keys(this.#fields);
    spend(keys.length);
    return keys[Symbol.iterator]();
  }
  *values(): IterableIterator<CelValue> {
    for (const key of this.keys()) yield this.get(key) as CelValue;
  }
  *entries(): IterableIterator<[string, CelValue]> {
    for (const key of this.keys()) yield [key, this.get(key) as CelValue];
  }
  forEach(callback: (value: CelValue, key: string) => void): void {
    for (const [key, value] of this.entries()) callback(value, key);
  }
  [Symbol.iterator](): IterableIterator<[string, CelValue]> {
    return this.entries();
  }
}

/** JSON as a CEL value, lazily; every JSON number is a CEL double. Throws when the evaluation's budget is used up. */
export function toCel(value: Json | undefined): CelValue {
  spend(1);
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return new JsonList(value) as unknown as CelList;
  return new JsonMap(value as Readonly<Record<string, Json>>) as unknown as CelMap;
}

/** A CEL value as plain JSON; throws a plain sentence for what JSON cannot carry exactly. */
export function fromCel(value: CelValue): Json {
  spend(1);
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return value;
    case 'number':
      return jsonNumber(value);
    case 'bigint':
      return jsonInteger(value);
  }
  if (value === null) return null;
  if ((value as unknown) instanceof JsonList) return (value as unknown as JsonList).json;
  if (isCelList(value)) return [...value].map(fromCel);
  if (isCelMap(value)) return jsonObject(value);
  if (isCelUint(value)) return jsonInteger(value.value);
  if (isReflectMessage(value)) return jsonTime(value.message as { $typeName: string });
  throw new Error('the result is bytes or a type, which JSON cannot carry; convert it with string()');
}

function jsonNumber(value: number): number {
  if (!Number.isFinite(value)) throw new Error(`the result is ${value}, which is no JSON number (a division by zero?)`);
  return value === 0 ? 0 : value;
}

function jsonInteger(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Error(`the integer ${value} does not fit a JSON number exactly; convert it with string()`);
  return number;
}

function jsonObject(map: CelMap): Json {
  const object: Record<string, Json> = {};
  for (const [key, value] of map.entries()) {
    const name = isCelUint(key) ? String(key.value) : String(key);
    // defineProperty: an own `__proto__` key stays a key.
    Object.defineProperty(object, name, { value: fromCel(value), enumerable: true, writable: true, configurable: true });
  }
  return object;
}

function jsonTime(message: { $typeName: string }): Json {
  if (message.$typeName === 'google.protobuf.Timestamp') return timestampDate(message as Timestamp).toISOString();
  if (message.$typeName === 'google.protobuf.Duration') return durationMs(message as Duration);
  throw new Error(`the result is a ${message.$typeName}, which JSON cannot carry`);
}
