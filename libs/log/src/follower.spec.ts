import { expect, it } from '@jest/globals';
import { realPorts } from '@novacron/kernel';
import { Feed } from './feed.ts';
import { MemoryLog } from './memory.ts';
import { encodeClaim, encodeCommit, hashOf } from './record.ts';
import { silentLog } from './silent-log.ts';
import { until } from './testing/index.ts';

const A = { topic: 'alpha', partition: 0, epoch: 1, owner: 'x' };

it('rests behind a batch by what it took, and hands over nearly at once what comes after a while', async () => {
  let now = 0;
  const waits: number[] = [];
  const ports = realPorts();
  const driver = new MemoryLog().driver({ joint: true, now: () => now });
  await driver.claim([{ ...A, address: 'x', record: encodeClaim({ epoch: 1, owner: 'x', address: 'x', partitions: 1, time: 1 }) }]);
  let [seq, prev, seen] = [0, '', 0];
  const say = async () => {
    const text = encodeCommit({ epoch: 1, owner: 'x', seq, prev, time: 1, eventTexts: [], effects: [], ended: [], timers: [] });
    await driver.append([{ ...A, firstSeq: seq, lastSeq: seq++, records: [text] }]);
    prev = hashOf(text);
    await until(() => seen === seq, 'the commit to be handed over', 5_000);
  };
  /** Waits end at once; those of the looks at the log's heads never do. */
  const after = (ms: number, call: () => void) => (ms > 50 ? () => {} : (waits.push(ms), ports.timers.after(0, call)));
  const following = new Feed({ driver, partitions: 1, log: silentLog, ports: { ...ports, clock: { ...ports.clock, monotonic: () => now }, timers: { ...ports.timers, after } } })
    .follow(['alpha'], new Map(), async (batch) => {
      seen += batch.length;
      now += 4;
    });
  await say();
  await say();
  now += 30;
  await say();
  now += 1_000;
  await say();
  await following.stop();
  expect(waits).toEqual([5, 32, 5, 5]);
});

it('looks at the heads patiently, until somebody waits', async () => {
  const looks: boolean[] = [];
  const driver = new MemoryLog().driver({ joint: true, now: () => 0 });
  const heads: typeof driver.heads = (topics, patiently) => (looks.push(patiently ?? false), driver.heads(topics));
  const following = new Feed({ driver: Object.assign(Object.create(driver) as typeof driver, { heads }), partitions: 1, log: silentLog, ports: realPorts() }).follow(['alpha'], new Map(), async () => {});
  await until(() => looks.length === 1, 'the first look', 5_000);
  following.nudge();
  await until(() => looks.length === 2, 'a look for who waits', 5_000);
  await following.stop();
  expect(looks).toEqual([true, false]);
});
