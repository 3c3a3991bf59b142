import { describe, expect, test } from '@jest/globals';
import { canonical, type Message } from '@novacron/kernel';
import { encodeClaim, encodeCommit, encodeEvent, hashOf, MemoryLog, NoSuchCommit, type LogDriver } from '@novacron/log';
import { PastReader, PastTooLarge } from './past-reader.ts';

const pool = (name: string, title: string): Message => ({ type: 'PoolSet', workspace: 'system', pool: name, title });
const node = (name: string): Message => ({ type: 'NodeRegistered', pool: 'p', node: name, capacity: { cpu: 1 }, boot: 'b', draining: false, attempts: [] });

/** A log that is written commit by commit. */
class WrittenLog {
  readonly log = new MemoryLog();
  readonly driver: LogDriver = this.log.driver({ joint: true, now: () => 0 });
  reads = 0;
  private readonly heads = new Map<string, { seq: number; head: string }>();

  async say(topic: string, time: number, events: readonly Message[], answers?: { topic: string; seq: number }): Promise<string> {
    if (!this.heads.has(topic)) {
      await this.driver.claim([{ topic, partition: 0, epoch: 1, owner: 'o', address: 'here', record: encodeClaim({ epoch: 1, owner: 'o', address: 'here', partitions: 1, time: 0 }) }]);
      this.heads.set(topic, { seq: 0, head: '' });
    }
    const { seq, head } = this.heads.get(topic)!;
    const text = encodeCommit({
      epoch: 1, owner: 'o', seq, prev: head, time, eventTexts: events.map((event) => encodeEvent(event, [])), effects: [], ended: [], timers: [],
      ...(answers && { input: { ...answers, partition: 0, index: 0, epoch: 1, owner: 'o', head: 'h' } }),
    });
    await this.driver.append([{ topic, partition: 0, epoch: 1, owner: 'o', firstSeq: seq, lastSeq: seq, records: [text] }]);
    this.heads.set(topic, { seq: seq + 1, head: hashOf(text) });
    return `${topic}.0.${seq}`;
  }

  reader(mostRows = 100, now = 1_000_000): PastReader {
    const read: LogDriver['read'] = (...asked) => (this.reads++, this.driver.read(...asked));
    return new PastReader({ driver: { ...this.driver, read }, snapshots: this.log.snapshotStore(), mostRows, now: () => now });
  }
}

const position = (topic: string, seq: number) => ({ positions: [{ topic, partition: 0, seq }] });
const pools = { read: 'all', table: 'pool', where: {}, order: ['name'] } as const;
const nodes = { read: 'all', table: 'node', where: {}, order: ['name'] } as const;
const titles = async (reader: PastReader, at: Parameters<PastReader['answer']>[0]) => (JSON.parse(await reader.answer(at, pools)) as { title: string }[]).map(({ title }) => title);

describe('reads at a moment', () => {
  test('see what its cut holds, and what that answers in other topics', async () => {
    const log = new WrittenLog();
    await log.say('fleet', 10, [node('a')]);
    await log.say('fleet', 12, [node('b')]);
    await log.say('fleet', 13, [node('c')]);
    await log.say('scheduler', 11, [pool('p', 'One')]);
    await log.say('scheduler', 11, [pool('p', 'Two')], { topic: 'fleet', seq: 1 });
    const reader = log.reader();
    expect([await titles(reader, position('scheduler', 0)), await reader.answer(position('scheduler', 0), nodes)]).toEqual([['One'], '[]']);
    expect(JSON.parse(await reader.answer(position('scheduler', 1), nodes))).toMatchObject([{ name: 'a' }, { name: 'b' }]);
    // The clock of the scheduler was behind: its commit of 11 answers one of 12.
    expect(JSON.parse(await reader.answer({ time: 11 }, nodes))).toMatchObject([{ name: 'a' }, { name: 'b' }]);
  });

  test('a later moment is made from an earlier one, and leaves it as it was', async () => {
    const log = new WrittenLog();
    for (let i = 0; i < 6; i++) await log.say('scheduler', 10 * i, [pool(`p${i % 2}`, `t${i}`)]);
    const reader = log.reader();
    expect(await titles(reader, { time: 20 })).toEqual(['t2', 't1']);
    expect(await titles(reader, { time: 50 })).toEqual(['t4', 't5']);
    expect(await titles(reader, { time: 20 })).toEqual(['t2', 't1']);
    expect(await titles(reader, { time: 30 })).toEqual(['t2', 't3']);
    for (let seq = 5; seq >= 0; seq--) expect(await titles(reader, position('scheduler', seq))).toEqual(await titles(log.reader(), position('scheduler', seq)));
  });

  test('what is kept is not read again, but for a time that may still get commits', async () => {
    const log = new WrittenLog();
    await log.say('scheduler', 10, [pool('p', 'One')]);
    const reader = log.reader(100, 15);
    expect(await titles(reader, position('scheduler', 0))).toEqual(['One']);
    const before = log.reads;
    expect(await titles(reader, position('scheduler', 0))).toEqual(['One']);
    expect(log.reads).toBe(before);
    expect(await titles(reader, { time: 12 })).toEqual(['One']);
    await log.say('scheduler', 11, [pool('p', 'late')]);
    expect(await titles(reader, { time: 12 })).toEqual(['late']);
  });

  test('a position that is not in the log is said so, and the next question is answered', async () => {
    const log = new WrittenLog();
    await log.say('scheduler', 10, [pool('p', 'One')]);
    const reader = log.reader();
    await expect(reader.answer(position('scheduler', 1), pools)).rejects.toThrow(NoSuchCommit);
    expect(await titles(reader, position('scheduler', 0))).toEqual(['One']);
  });

  test('more rows than are held here are said so', async () => {
    const log = new WrittenLog();
    for (let i = 0; i < 30; i++) await log.say('scheduler', i, Array.from({ length: 400 }, (_, n) => pool(`p${i}-${n}`, canonical(n))));
    const refused = await log.reader(11_999).answer({ time: 100 }, pools).catch((error: unknown) => error);
    expect(refused instanceof PastTooLarge).toBe(true);
    expect((await titles(log.reader(12_000), { time: 100 })).length).toBe(10_000);
  });
});
