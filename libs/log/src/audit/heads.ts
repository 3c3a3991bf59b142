import { nameOf, type TopicPartition } from '../driver.ts';
import type { KeptHead } from './statement.ts';

/** Another owner has said statement n of that partition. */
export class HeadTaken extends Error {}

/** Keeps signed heads, apart from the partitions that they are about. */
export interface HeadStore {
  /** All or none; rejects with `HeadTaken` where a number is taken. */
  add(heads: readonly KeptHead[]): Promise<void>;
  /** The newest statement of each partition of the topics. */
  newest(topics: readonly string[]): Promise<readonly KeptHead[]>;
  /** A partition's statements from number `from` on, in order. */
  list(source: TopicPartition, from: number, limit: number): Promise<readonly KeptHead[]>;
}

/** All statements of topics, page by page. */
export async function allHeads(store: HeadStore, topics: readonly string[]): Promise<KeptHead[]> {
  const all: KeptHead[] = [];
  for (const newest of await store.newest(topics)) {
    for (let from = 0; from <= newest.n; ) {
      const page = await store.list(newest, from, 1_000);
      all.push(...page);
      if (page.length === 0) break;
      from = page.at(-1)!.n + 1;
    }
  }
  return all;
}

/** Signed heads in memory, for tests and simulation. */
export function memoryHeads(): HeadStore {
  const kept = new Map<string, KeptHead[]>();
  const of = (source: TopicPartition) => kept.get(nameOf(source)) ?? [];
  return {
    async add(heads) {
      const taken = heads.find((head) => of(head).some(({ n }) => n === head.n));
      if (taken) throw new HeadTaken(`${nameOf(taken)} has a head ${taken.n} already`);
      for (const { topic, partition, n, line } of heads) kept.set(nameOf({ topic, partition }), [...of({ topic, partition }), { topic, partition, n, line }]);
    },
    newest: async (topics) => [...kept.values()].map((heads) => heads.at(-1)!).filter(({ topic }) => topics.includes(topic)),
    list: async (source, from, limit) => of(source).filter(({ n }) => n >= from).slice(0, limit),
  };
}
