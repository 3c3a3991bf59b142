import { runTask } from '../task-context.mjs';
import { count, gather } from './tasks/primes.mjs';

it('counts the primes up to 1,000 whatever the number of shards (WP-07, WP-24)', async () => {
  for (const shards of [1, 3, 8]) {
    const counts = await Promise.all(Array.from({ length: shards }, (_, shard) => runTask(count, { params: { shard, shards, to: 1000 }, attempt: 2 })));
    expect(await runTask(gather, { inputs: { counts: counts.map(({ primes }) => primes) } })).toEqual({ primes: 168 });
  }
});

it('fails once in passing, as a failure that a retry may cure', async () => {
  await expect(runTask(count, { params: { shard: 0, shards: 8, to: 10 } })).rejects.toMatchObject({ class: 'transient' });
});
