import type { Json } from './values.ts';

/**
 * The outputs of a `forEach` task as its successors see them: `tasks.shard.outputs.score` is the list of every instance's
 * `score`, in order of index, null where an instance has none. `rows` is called at most once, and only when an expression
 * reads the outputs, so ten thousand instances cost nothing until then.
 */
export function columns(rows: () => readonly ({ readonly [key: string]: Json } | null | undefined)[]): { readonly [key: string]: Json } {
  let table: Record<string, Json[]> | undefined;
  const build = (): Record<string, Json[]> => (table ??= transpose(rows()));
  return new Proxy(Object.create(null) as Record<string, Json>, {
    get: (_, key) => (typeof key === 'string' && Object.hasOwn(build(), key) ? build()[key] : undefined),
    has: (_, key) => Object.hasOwn(build(), key),
    ownKeys: () => Object.keys(build()),
    getOwnPropertyDescriptor: (_, key) =>
      Object.hasOwn(build(), key) ? { value: build()[key as string], enumerable: true, configurable: true } : undefined,
  });
}

function transpose(rows: readonly ({ readonly [key: string]: Json } | null | undefined)[]): Record<string, Json[]> {
  const table = Object.create(null) as Record<string, Json[]>;
  rows.forEach((row, index) => {
    for (const key of Object.keys(row ?? {})) {
      table[key] ??= new Array<Json>(rows.length).fill(null);
      (table[key] as Json[])[index] = row?.[key] ?? null;
    }
  });
  return table;
}
