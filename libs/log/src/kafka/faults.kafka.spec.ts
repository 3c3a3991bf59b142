import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { START, type AppendError } from '../driver.ts';
import { encodeCommit } from '../record.ts';
import { FaultProxy, startKafka, until, type KafkaCluster } from '../testing/index.ts';
import type { KafkaLog } from './driver.ts';
import { A, freshLog, logOn, Owner, prepare, wordsOf } from './on-kafka.fixture.ts';
import { LogStopped } from './stopped.ts';

let kafka: KafkaCluster;
let proxy: FaultProxy;
const open: KafkaLog[] = [];
const drive = (settings: ReturnType<typeof freshLog>) => {
  const driver = logOn(settings);
  open.push(driver);
  return driver;
};

beforeAll(async () => {
  proxy = await FaultProxy.start();
  kafka = await startKafka({ behind: proxy });
}, 300_000);
afterEach(async () => {
  proxy.fault = 'none';
  proxy.delayMs = 0;
  await Promise.all(open.splice(0).map((driver) => driver.close()));
});
afterAll(async () => {
  await kafka.stop();
  await proxy.close();
});
const through = (more = {}) => freshLog(`127.0.0.1:${proxy.port}`, more);
/** Cuts the connection when the next reply comes, if one comes before the work is done. */
async function loseReply(work: Promise<unknown>): Promise<void> {
  const lost = proxy.lost;
  let done = false;
  void work.then(() => (done = true));
  proxy.fault = 'cut';
  await until(() => proxy.lost > lost || done, 'a reply to lose');
  proxy.fault = 'none';
}
const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`);

describe('replies that are lost', () => {
  it.each(['swallow', 'cut', 'tear'] as const)('L4: %s: what was acknowledged is in the log once, in order, and nothing else', async (fault) => {
    const settings = through({ requestTimeoutMs: 500 });
    await prepare(settings);
    const owner = new Owner(drive(settings));
    for (const [i, word] of words(40).entries()) {
      const said = owner.say(word);
      if (i % 8 === 3) {
        proxy.fault = fault;
        const lost = proxy.lost;
        await until(() => proxy.lost > lost, 'a reply to lose');
        proxy.fault = 'none';
      }
      await said;
    }
    expect(owner.doubts).toBeGreaterThan(0);
    expect(owner.acknowledged).toEqual(words(40));
    expect(await wordsOf(drive(settings))).toEqual(words(40));
  });
  it('replies that come late are waited for', async () => {
    const settings = through();
    await prepare(settings);
    const owner = new Owner(drive(settings));
    await owner.claim();
    proxy.delayMs = 100;
    for (const word of words(5)) await owner.say(word);
    expect([owner.doubts, await wordsOf(drive(settings))]).toEqual([0, words(5)]);
  });
  it('an append whose outcome is unknown is dead once another claim is in the log', async () => {
    const settings = through({ requestTimeoutMs: 500 });
    await prepare(settings);
    const owner = new Owner(drive(settings));
    await owner.say('first');
    const zombie = owner.segment('late');
    await new Owner(drive(settings), 'other').claim();
    const fault = await drive(settings).append([zombie]).then(() => undefined, (error: AppendError) => error.fault.kind);
    expect(fault).toBe('fenced');
    expect(await wordsOf(drive(settings))).toEqual(['first']);
  });
});

describe('K1: the idempotent producer of kafkajs', () => {
  it('acknowledges what it loses when a reply is lost; ours, under the same fault, does not', async () => {
    const settings = through({ requestTimeoutMs: 500 });
    await prepare(settings);
    const topic = `${settings.prefix}alpha`;
    const acknowledged: string[] = [];
    await kafka.producing({ idempotent: true, maxInFlightRequests: 1, retry: { retries: 1, initialRetryTime: 1, maxRetryTime: 1 } }, async (producer) => {
      for (const [i, word] of words(24).entries()) {
        // Cut off until it has given up.
        if (i % 6 === 3) proxy.fault = 'cut';
        await producer.send({ topic, acks: -1, messages: [{ partition: 1, value: word }] }).then(() => acknowledged.push(word), () => {});
        proxy.fault = 'none';
      }
    });
    const kept = await kafka.records(topic, 1);
    const lost = acknowledged.filter((word) => !kept.includes(word));
    expect(lost.length).toBeGreaterThan(0);

    const owner = new Owner(drive(settings));
    for (const [i, word] of words(24).entries()) {
      const said = owner.say(word);
      if (i % 6 === 3) await loseReply(said);
      await said;
    }
    expect(owner.doubts).toBeGreaterThan(0);
    expect(await wordsOf(drive(settings))).toEqual(owner.acknowledged);
  });
});

describe('sizes', () => {
  it('L20: a commit over 600 KB is refused before it is sent', async () => {
    const settings = through();
    await prepare(settings);
    const driver = drive(settings);
    const owner = new Owner(driver);
    await owner.claim();
    await expect(driver.append([owner.segment('x'.repeat(600_001))])).rejects.toMatchObject({ fault: { kind: 'content' } });
    expect(await wordsOf(drive(settings))).toEqual([]);
    await driver.append([owner.segment('x'.repeat(590_000))]);
    expect((await wordsOf(driver))[0]).toHaveLength(590_000);
  });
  it('an append of more than one batch lands whole and in order', async () => {
    const settings = through();
    await prepare(settings);
    const driver = drive(settings);
    const owner = new Owner(driver);
    await owner.claim();
    const long = words(12).map((word) => word.padEnd(250_000, 'x'));
    await driver.append([owner.segment(...long)]);
    expect(await wordsOf(drive(settings))).toEqual(long);
  });
});

describe('a log with a hole', () => {
  const dug = async () => {
    const settings = through();
    await prepare(settings);
    const driver = drive(settings);
    const owner = new Owner(driver);
    for (const word of words(10)) await owner.say(word);
    await kafka.admin(async (admin) => {
      await admin.fetchTopicMetadata({ topics: [`${settings.prefix}alpha`] }); // kafkajs deletes in topics only whose leaders it has heard of
      await admin.deleteTopicRecords({ topic: `${settings.prefix}alpha`, partitions: [{ partition: 0, offset: '4' }] });
    });
    return { settings, driver, owner };
  };
  it('L8: is refused by who opens it', async () => {
    const { settings } = await dug();
    await expect(drive(settings).heads(['alpha'])).rejects.toThrow(/LogStartMoved: fresh\d+\.alpha\/0 starts at offset 4, not 0/);
  });
  it('L9: stops who has it open, and decides nothing more', async () => {
    const { driver, owner } = await dug();
    const stopped = async () => driver.read(A, START).then(() => undefined, (error: unknown) => error);
    await until(async () => {
      // The next fetch that brings something tells.
      await driver.append([owner.segment('more')]).catch(() => {});
      return (await stopped()) instanceof LogStopped;
    }, 'the hole to stop who has it open');
    await expect(driver.heads(['alpha'])).rejects.toThrow('LogStartMoved');
    await expect(driver.append([owner.segment('late')])).rejects.toThrow('LogStartMoved');
  });
  it('K11: a topic that was made anew is not read from its start as if nothing had happened', async () => {
    const settings = through();
    await prepare(settings);
    const driver = drive(settings);
    const owner = new Owner(driver);
    for (const word of words(10)) await owner.say(word);
    await kafka.admin((admin) => admin.deleteTopics({ topics: [`${settings.prefix}alpha`] }));
    await prepare(settings);
    const stopped = async () => driver.read(A, START).then(() => undefined, (error: unknown) => error);
    await until(async () => {
      // The next look at its end tells.
      await driver.heads(['alpha']).catch(() => {});
      return (await stopped()) instanceof LogStopped;
    }, 'the new topic to stop who had the old one open');
    expect(String(await stopped())).toMatch(/LogCutShort: .* ends at offset 0, and was read up to 11 before/);
  });
});

describe('records of others', () => {
  it('L6, K7: strangers, duplicates and stale commits are passed over', async () => {
    const settings = through();
    await prepare(settings);
    const driver = drive(settings);
    const owner = new Owner(driver);
    await owner.say('one');
    const again = owner.segment('two');
    await owner.say('two');
    const { rule } = owner;
    const stranger = encodeCommit({ epoch: rule.epoch, owner: 'stranger', seq: rule.nextSeq, prev: rule.head, time: 1, eventTexts: [], effects: [], ended: [], timers: [] });
    await kafka.produce(`${settings.prefix}alpha`, 0, ['not a record', again.records[0]!, stranger, '{"claim":7,"o":"x","a":"x","P":2,"t":1}', '']);
    await owner.say('three');
    expect([owner.doubts, await wordsOf(drive(settings))]).toEqual([0, ['one', 'two', 'three']]);
  });
  it('200 readers that come and go see the same, and disturb nobody', async () => {
    const settings = through({ requestTimeoutMs: 20_000 });
    await prepare(settings);
    const owner = new Owner(drive(settings));
    await owner.say('w0');
    let seen = 0;
    for (let round = 1; round <= 10; round++) {
      const readers = Array.from({ length: 20 }, () => logOn(settings));
      const [, ...read] = await Promise.all([owner.say(`w${round}`), ...readers.map((reader) => wordsOf(reader))]);
      for (const said of read as string[][]) {
        expect([words(round), words(round + 1)]).toContainEqual(said);
        seen++;
      }
      await Promise.all(readers.map((reader) => reader.close()));
    }
    expect([seen, owner.doubts]).toEqual([200, 0]);
  });
});
