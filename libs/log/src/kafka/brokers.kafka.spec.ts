import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startKafka, until, type KafkaCluster, type KafkaNode } from '../testing/index.ts';
import type { KafkaLog } from './driver.ts';
import { freshLog, logOn, Owner, prepare, wordsOf } from './on-kafka.fixture.ts';
import { KafkaUnfit } from './prepare.ts';
import type { KafkaSettings } from './settings.ts';

let kafka: KafkaCluster;
const open: KafkaLog[] = [];
beforeAll(async () => void (kafka = await startKafka({ nodes: 3 })), 300_000);
afterEach(async () => void (await Promise.all(open.splice(0).map((driver) => driver.close()))));
afterAll(() => kafka.stop());

const drive = (settings: KafkaSettings) => {
  const driver = logOn(settings);
  open.push(driver);
  return driver;
};
const partitionOf = async ({ prefix }: KafkaSettings) => (await kafka.admin((admin) => admin.fetchTopicMetadata({ topics: [`${prefix}alpha`] }))).topics[0]!.partitions.find(({ partitionId }) => partitionId === 0)!;
const leaderOf = async (settings: KafkaSettings): Promise<KafkaNode> => kafka.nodes[(await partitionOf(settings)).leader - 1]!;
const inSync = (settings: KafkaSettings) => until(async () => (await partitionOf(settings)).isr.length === 3, 'three copies in sync');

/** Says words without end until told to stop; answers how many. */
async function saying(owner: Owner, during: () => Promise<unknown>): Promise<string[]> {
  const said: string[] = [];
  let going = true;
  const loop = (async () => {
    while (going) {
      said.push(`w${said.length}`);
      await owner.say(said.at(-1)!);
    }
  })();
  const more = async (words: number) => {
    const goal = owner.acknowledged.length + words;
    await Promise.race([loop, until(() => owner.acknowledged.length >= goal, `${words} more acknowledgements`)]);
  };
  try {
    await more(20);
    await during();
    await more(20);
  } finally {
    going = false;
  }
  await loop;
  return said;
}

describe('three brokers', () => {
  it('are the full class: three copies, two of them before an acknowledgement', async () => {
    const settings = freshLog(kafka.servers);
    expect((await prepare(settings)).weakness).toBeUndefined();
    expect((await partitionOf(settings)).replicas).toHaveLength(3);
  });
  it('L15: a topic with one copy is refused, with the command that repairs it', async () => {
    const settings = freshLog(kafka.servers);
    await kafka.admin((admin) => admin.createTopics({ waitForLeaders: false, topics: [{ topic: `${settings.prefix}alpha`, numPartitions: 2, replicationFactor: 1 }] }));
    const error = await prepare(settings).then(() => undefined, (thrown: Error) => thrown);
    expect(error).toBeInstanceOf(KafkaUnfit);
    expect(error?.message).toMatch(/alpha has partitions on 1 broker\(s\) where there could be 3[^]*kafka-reassign-partitions\.sh [^]*min\.insync\.replicas=1 \(what one broker alone has is acknowledged\)/);
  });
  it('K7: a leader that is killed during appends loses nothing and doubles nothing', async () => {
    const settings = freshLog(kafka.servers);
    await prepare(settings);
    const owner = new Owner(drive(settings));
    await owner.say('first');
    const leader = await leaderOf(settings);
    const said = await saying(owner, () => leader.kill());
    expect(await wordsOf(drive(settings))).toEqual(['first', ...said]);
    await leader.start();
    await inSync(settings);
  });
  it('a broker that is stopped and comes back is used again', async () => {
    const settings = freshLog(kafka.servers);
    await prepare(settings);
    const owner = new Owner(drive(settings));
    const said = await saying(owner, async () => {
      const leader = await leaderOf(settings);
      await leader.stop();
      await leader.start();
      await inSync(settings);
    });
    expect(await wordsOf(drive(settings))).toEqual(said);
  });
  it('a broker whose disk is gone fills it again from the others', async () => {
    const settings = freshLog(kafka.servers);
    await prepare(settings);
    const owner = new Owner(drive(settings));
    const leader = await leaderOf(settings);
    const said = await saying(owner, async () => {
      await leader.kill();
      await leader.format();
      await leader.start();
      await inSync(settings);
    });
    expect(await wordsOf(drive(settings))).toEqual(said);
  });
  it('one broker alone takes no appends, and they land once there are two', async () => {
    const settings = freshLog(kafka.servers);
    await prepare(settings);
    const owner = new Owner(drive(settings));
    await owner.say('before');
    const others = kafka.nodes.filter((node) => node !== kafka.nodes[0]);
    await Promise.all(others.map((node) => node.kill()));
    const said = owner.say('meanwhile');
    await until(() => owner.doubts > 0, 'an append that one broker alone did not take');
    expect(owner.acknowledged).toEqual(['before']);
    await Promise.all(others.map((node) => node.start()));
    await said;
    await inSync(settings);
    expect(await wordsOf(drive(settings))).toEqual(['before', 'meanwhile']);
  });
});
