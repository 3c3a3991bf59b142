import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { realPorts } from '@novacron/kernel';
import { inspect } from 'node:util';
import { silentLog } from '../silent-log.ts';
import { startKafka, until, type KafkaCluster } from '../testing/index.ts';
import { freshLog, logOn, Owner, prepare, wordsOf } from './on-kafka.fixture.ts';
import { KafkaAway, KafkaUnfit, prepareKafkaLog } from './prepare.ts';
import { kafkaSettings } from './settings.ts';

const PASSWORD = 'canary-7c1d-password';
const SASL = 'org.apache.kafka.common.security';

let kafka: KafkaCluster;
beforeAll(async () => {
  // One broker with three doors: plain for the tests, and one for each way to say who one is.
  kafka = await startKafka({
    users: [`SCRAM-SHA-512=[name=nova,password=${PASSWORD}]`],
    settings: ({ client, controller, spare }) => ({
      listeners: `PLAINTEXT://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller},SECURED://127.0.0.1:${spare}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${client},SECURED://127.0.0.1:${spare}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_PLAINTEXT',
      'listener.name.secured.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
      'listener.name.secured.plain.sasl.jaas.config': `${SASL}.plain.PlainLoginModule required user_nova="${PASSWORD}";`,
      'listener.name.secured.scram-sha-512.sasl.jaas.config': `${SASL}.scram.ScramLoginModule required;`,
    }),
  });
}, 300_000);
afterAll(() => kafka.stop());

const refusal = async (work: Promise<unknown>): Promise<Error> => work.then(() => new Error('not refused'), (error: Error) => error);
const alter = (topic: string, name: string, value: string) => kafka.admin((admin) => admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries: [{ name, value }] }] }));

describe('the start', () => {
  it('makes missing topics right, and takes them the next time', async () => {
    const settings = freshLog(kafka.servers);
    await prepare(settings);
    await prepare(settings);
    const { resources } = await kafka.admin((admin) => admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: `${settings.prefix}alpha`, configNames: ['retention.ms', 'cleanup.policy', 'message.timestamp.type'] }] }));
    expect(Object.fromEntries(resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]))).toEqual({ 'retention.ms': '-1', 'cleanup.policy': 'delete', 'message.timestamp.type': 'LogAppendTime' });
  });
  it('lets several processes make them at the same time', async () => {
    const settings = freshLog(kafka.servers);
    await Promise.all(Array.from({ length: 5 }, () => prepare(settings)));
  });
  it('calls a single broker the weaker class that it is', async () => {
    expect((await prepare(freshLog(kafka.servers))).weakness).toContain('the log is on a single broker: what it acknowledged can be lost with its disk');
  });
  it.each([
    ['cleanup.policy', 'compact', 'compaction deletes commits'], ['retention.ms', '60000', 'old commits are deleted'], ['retention.bytes', '1000000', 'old commits are deleted'],
    ['unclean.leader.election.enable', 'true', 'a broker without the newest commits may lead'], ['message.timestamp.type', 'CreateTime', 'the brokers put no time on records'],
    ['max.message.bytes', '1000', 'a batch of commits does not fit'],
  ])('L8, L15: refuses %s=%s by name, with the command that repairs it', async (name, value, reason) => {
    const settings = freshLog(kafka.servers);
    await prepare(settings);
    await alter(`${settings.prefix}alpha`, name, value);
    const error = await refusal(prepare(settings));
    expect(error).toBeInstanceOf(KafkaUnfit);
    expect(error.message).toContain(`topic ${settings.prefix}alpha has `);
    expect(error.message).toContain(`${name}=${value} (${reason})`);
    expect(error.message).toMatch(new RegExp(`kafka-configs.sh --bootstrap-server ${kafka.servers} --alter --entity-type topics --entity-name ${settings.prefix}alpha --add-config .*${name}=`));
  });
  it('L11: refuses a partition count that was raised', async () => {
    const settings = freshLog(kafka.servers);
    await prepare(settings);
    await kafka.admin((admin) => admin.createPartitions({ topicPartitions: [{ topic: `${settings.prefix}alpha`, count: 5 }] }));
    const raised = async () => (await kafka.admin((admin) => admin.fetchTopicMetadata({ topics: [`${settings.prefix}alpha`] }))).topics[0]!.partitions.length;
    await until(async () => (await raised()) === 5, 'the count to be raised');
    const error = await refusal(prepare(settings));
    expect(error).toBeInstanceOf(KafkaUnfit);
    expect(error.message).toContain(`topic ${settings.prefix}alpha has 5 partitions and must have 2: the count never changes`);
  });
  it('L16: a Kafka that is away is no wrong one: it may be tried again', async () => {
    const error = await refusal(prepare(freshLog('127.0.0.1:1')));
    expect(error).toBeInstanceOf(KafkaAway);
    expect(error.message).toMatch(/Kafka at 127\.0\.0\.1:1 is not reached: .*Is it running/);
  });
});

describe('who we are to the brokers', () => {
  const secured = (mechanism: string, password: string) => kafkaSettings(`kafka://127.0.0.1:${kafka.nodes[0]!.sparePort}`, {
    NOVACRON_KAFKA_SASL: mechanism, NOVACRON_KAFKA_USERNAME: 'nova', NOVACRON_KAFKA_PASSWORD: password, NOVACRON_KAFKA_PREFIX: `sasl-${mechanism}.`,
  });
  it.each(['plain', 'scram-sha-512'])('%s is admitted, and works', async (mechanism) => {
    const settings = secured(mechanism, PASSWORD);
    await prepare(settings);
    const driver = logOn(settings);
    const owner = new Owner(driver);
    await owner.say('hello');
    expect(await wordsOf(driver)).toEqual(['hello']);
    await driver.close();
  });
  it.each(['plain', 'scram-sha-512'])('%s with a wrong password is told in a sentence that does not show it', async (mechanism) => {
    const settings = secured(mechanism, 'canary-wrong');
    const said: string[] = [];
    const log = { ...silentLog, warn: (message: string, fields?: object) => said.push(message + inspect(fields)), error: (message: string, fields?: object) => said.push(message + inspect(fields)) };
    const error = await refusal(prepareKafkaLog(settings, { topics: ['alpha'], partitions: 2, ports: realPorts(), log }));
    expect(error).toBeInstanceOf(KafkaUnfit);
    expect(error.message).toContain('does not admit nova');
    expect([inspect(error, { depth: 9 }), inspect(settings, { depth: 9 }), JSON.stringify(settings), ...said].join('\n')).not.toContain('canary');
  });
});
