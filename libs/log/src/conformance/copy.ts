import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyLog, CopyRefused } from '../copy/copy-log.ts';
import { nameOf, partitionNamed, START, type LogDriver, type TopicPartition } from '../driver.ts';
import { MemoryLog } from '../memory.ts';
import { encodeClaim } from '../record.ts';
import { rebuildPartition } from '../rebuild.ts';
import { back, front, hostOn, tell } from './counting.ts';
import { inMemory } from './in-memory.ts';
import type { Installation, MakeInstallation } from './installation.ts';

const TOPICS = ['front', 'back'];

/** A log in memory that lived through two owners. */
async function lived(): Promise<Installation & { driver(): LogDriver }> {
  const installation = await inMemory(true)();
  for (let life = 0; life < 2; life++) {
    const host = hostOn(installation);
    await host.start();
    await Promise.all(Array.from({ length: 60 }, (_, i) => tell(host, 'Ask', `k${i % 7}`, { id: `${life}-${i}` })));
    await tell(host, 'Shout', 'k1', { times: 200_000 });
    await host.stop();
  }
  return installation;
}

const partitionsOf = async (driver: LogDriver): Promise<TopicPartition[]> => [...(await driver.heads(TOPICS)).keys()].map(partitionNamed);

async function textsOf(driver: LogDriver, source: TopicPartition): Promise<string[]> {
  const texts: string[] = [];
  for (let after = START; ; ) {
    const rows = await driver.read(source, after);
    if (rows.length === 0) return texts;
    texts.push(...rows.flatMap((row) => row.records));
    after = rows.at(-1)!;
  }
}

/** A log moves to this driver and back, and goes on there. */
export function takesCopies(name: string, make: MakeInstallation): void {
  describe(`a log is copied to and from ${name}`, () => {
    let source: Installation;
    let target: Installation;
    beforeEach(async () => {
      source = await lived();
      target = await make();
    });
    afterEach(() => target.close());

    it('with equal records, epochs, claims and states, and goes on there', async () => {
      const [from, to] = [source.driver(), target.driver()];
      const counts = await copyLog({ from, to, topics: TOPICS });
      const partitions = await partitionsOf(from);
      expect([...counts.keys()].sort()).toEqual(partitions.map(nameOf).sort());
      for (const partition of partitions) {
        expect(await textsOf(to, partition)).toEqual(await textsOf(from, partition));
        const definition = (partition.topic === 'front' ? front : back) as never;
        const [one, other] = [await rebuildPartition({ driver: from, definition, partition: partition.partition }), await rebuildPartition({ driver: to, definition, partition: partition.partition })];
        expect(other).toEqual(one);
        expect(one.fault).toBeUndefined();
      }
      const host = hostOn(target);
      await host.start();
      expect(await tell(host, 'Ask', 'k1', { id: 'after' })).toMatchObject({ events: [{ type: 'Asked', id: 'after' }] });
      await host.stop();
      const again = new MemoryLog().driver({ joint: false, now: () => Date.now() });
      await copyLog({ from: to, to: again, topics: TOPICS });
      for (const partition of partitions) expect(await textsOf(again, partition)).toEqual(await textsOf(to, partition));
    }, 60_000);

    it('only where there is none', async () => {
      const to = target.driver();
      const claim = { topic: 'front', partition: 0, epoch: 1, owner: 'o', address: 'a' };
      await to.claim([{ ...claim, record: encodeClaim({ ...claim, partitions: 4, time: 1 }) }]);
      await expect(copyLog({ from: source.driver(), to, topics: TOPICS })).rejects.toThrow(/the target is not empty: it has 1 partitions, front\/0 among them/);
      expect((await to.heads(TOPICS)).size).toBe(1);
    });

    it('only where nobody writes it', async () => {
      const from = source.driver();
      const [partition] = await partitionsOf(from);
      const { epoch } = (await from.heads(TOPICS)).get(nameOf(partition!))!;
      const late = copyLog({
        from, to: target.driver(), topics: TOPICS,
        copied: (done) => {
          const claim = { ...done, epoch: epoch + 1, owner: 'late', address: 'a' };
          if (nameOf(done) === nameOf(partition!)) void from.claim([{ ...claim, record: encodeClaim({ epoch: epoch + 1, owner: 'late', address: 'a', partitions: 4, time: 1 }) }]);
        },
      });
      await expect(late).rejects.toThrow(CopyRefused);
    }, 60_000);

    it('only where it is whole', async () => {
      const from = source.driver();
      const broken: LogDriver = { ...from, read: async (at, after, limit) => (await from.read(at, after, limit)).map((row) => ({ ...row, records: row.records.map((text) => text.replace(/"s":3,/, '"s":4,')) })) };
      await expect(copyLog({ from: broken, to: target.driver(), topics: TOPICS })).rejects.toThrow(/the record after commit 2 breaks the chain \(gap\)/);
    });
  });
}
