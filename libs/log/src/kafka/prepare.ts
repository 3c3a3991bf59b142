import type { Ports } from '@novacron/kernel';
import type { HostLog } from '../host/options.ts';
import { NotAdmitted, NotSent } from './broker-link.ts';
import { Brokers, type TopicMetadata } from './brokers.ts';
import { CLOCK_TOPIC } from './driver.ts';
import { Offsets } from './offsets.ts';
import { CODE, codeName, TOPIC_RESOURCE } from './protocol.ts';
import type { KafkaSettings } from './settings.ts';
import { CLOCK_SETTINGS, faultsOf, settingsOf, type TopicPlan } from './topics.ts';

const REPLICAS = 3;
const TIMEOUT_MS = 10_000;
/** A broker under load takes its time to lead 129 partitions that were just made. */
const PATIENCE_MS = 40_000;

/** Kafka is not what a log needs; the message names each fault and the command that repairs it. */
export class KafkaUnfit extends Error {}
/** Kafka is not reached: trying again later may help. */
export class KafkaAway extends Error {}

export interface PreparedKafka {
  /** How much a loss may take, in words, where it is less than one broker's; undefined with three replicas. */
  readonly weakness: string | undefined;
}

/** Makes the topics that are missing, and checks that all are fit to hold a log; nothing that exists is changed. */
export async function prepareKafkaLog(settings: KafkaSettings, log: { topics: readonly string[]; partitions: number; ports: Ports; log: HostLog }): Promise<PreparedKafka> {
  const brokers = new Brokers(settings, log.ports, PATIENCE_MS);
  try {
    return await new Preparation(brokers, settings, log).run();
  } catch (error) {
    if (error instanceof NotAdmitted) throw new KafkaUnfit(`${error.message}. Are NOVACRON_KAFKA_SASL, _USERNAME and _PASSWORD_FILE right?`);
    if (error instanceof NotSent) throw new KafkaAway(`${error.message}. Is it running, and is NOVACRON_LOG right?`);
    throw error;
  } finally {
    brokers.close();
  }
}

class Preparation {
  private readonly brokers: Brokers;
  private readonly settings: KafkaSettings;
  private readonly wanted: { topics: readonly string[]; partitions: number; ports: Ports; log: HostLog };

  constructor(brokers: Brokers, settings: KafkaSettings, wanted: Preparation['wanted']) {
    this.brokers = brokers;
    this.settings = settings;
    this.wanted = wanted;
  }

  async run(): Promise<PreparedKafka> {
    await this.brokers.refresh();
    const replicas = Math.min(REPLICAS, this.brokers.nodes.length);
    const plans = this.plans(replicas);
    const names = plans.map(({ name }) => name);
    const there = new Set((await this.brokers.describe(names)).map(({ topic }) => topic));
    await this.create(plans.filter(({ name }) => !there.has(name)));
    await this.check(plans, await this.led(names));
    return { weakness: this.weakness(replicas) };
  }

  private plans(replicas: number): TopicPlan[] {
    const { prefix } = this.settings;
    const settings = settingsOf(replicas);
    return [
      ...this.wanted.topics.map((topic) => ({ name: prefix + topic, partitions: this.wanted.partitions, replicas, settings })),
      { name: prefix + CLOCK_TOPIC, partitions: 1, replicas, settings: { ...settings, ...CLOCK_SETTINGS } },
    ];
  }

  private async create(plans: readonly TopicPlan[]): Promise<void> {
    if (plans.length === 0) return;
    const topics = plans.map(({ name, partitions, replicas, settings }) => ({
      topic: name, numPartitions: partitions, replicationFactor: replicas, configEntries: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
    }));
    const { topicErrors } = await this.brokers.anyone((link) => link.call('CreateTopics', { topics, validateOnly: false, timeout: TIMEOUT_MS }));
    for (const { topic, errorCode, errorMessage } of topicErrors) {
      // Several processes start at the same time.
      if (errorCode !== CODE.none && errorCode !== CODE.topicAlreadyExists) throw new KafkaUnfit(`topic ${topic} cannot be made: ${errorMessage ?? codeName(errorCode)}`);
    }
    this.wanted.log.info('topics made', { topics: plans.map(({ name }) => name) });
  }

  /** All topics, once the brokers say of each partition that they lead it: a topic that was just made is known before it is served. */
  private async led(names: readonly string[]): Promise<readonly TopicMetadata[]> {
    const found = await this.brokers.patiently(async () => {
      const described = await this.brokers.describe(names);
      if (described.length < names.length) throw new KafkaAway('some topics of the log are not there yet');
      return described;
    });
    const partitions = found.flatMap(({ topic, partitionMetadata }) => partitionMetadata.map(({ partitionId }) => ({ topic, partition: partitionId })));
    await new Offsets(this.brokers).ends(partitions).catch((error: Error) => {
      throw new KafkaAway(`some partitions of the log are not served: ${error.message}. Are all brokers up?`);
    });
    return found;
  }

  private async check(plans: readonly TopicPlan[], found: readonly TopicMetadata[]): Promise<void> {
    const { resources } = await this.brokers.anyone((link) => link.call('DescribeConfigs', { resources: plans.map(({ name }) => ({ type: TOPIC_RESOURCE, name, configNames: [] })) }));
    const server = this.settings.brokers.map(({ host, port }) => `${host}:${port}`).join(',');
    const faults = plans.flatMap((plan) => {
      const { errorCode, configEntries } = resources.find(({ resourceName }) => resourceName === plan.name)!;
      if (errorCode !== CODE.none) return [`the settings of topic ${plan.name} cannot be read: ${codeName(errorCode)}`];
      const settings = new Map(configEntries.map(({ configName, configValue }) => [configName, configValue ?? '']));
      return faultsOf(plan, found.find(({ topic }) => topic === plan.name)!, settings, server, this.brokers.nodes);
    });
    if (faults.length > 0) throw new KafkaUnfit(`Kafka is not fit to hold the log:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
  }

  private weakness(replicas: number): string | undefined {
    if (replicas >= REPLICAS) return undefined;
    const weakness = `the log is on ${replicas === 1 ? 'a single broker' : `${replicas} brokers`}: what it acknowledged can be lost with ${replicas === 1 ? 'its disk, or with a power cut' : 'two disks'}; three brokers are needed for more`;
    this.wanted.log.warn(weakness);
    return weakness;
  }
}
