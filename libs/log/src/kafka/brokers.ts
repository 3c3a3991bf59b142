import { delay, type Ports } from '@novacron/kernel';
import { nameOf, type TopicPartition } from '../driver.ts';
import type { Manner } from './attention.ts';
import { BrokerLink, NotSent } from './broker-link.ts';
import { CODE, type Answers } from './protocol.ts';
import type { BrokerAddress, KafkaSettings } from './settings.ts';
import { LogStopped } from './stopped.ts';

const AGAIN_MS = 100;

export type TopicMetadata = Answers['Metadata']['topicMetadata'][number];

/** What a link is for: an append's fate must not hang on a fetch that waits, nor a fetch on a producer that is thrown away, nor on another fetch. */
export type Purpose = 'appends' | Manner | 'catch-up' | 'pages';

/** The cluster as this process sees it: who leads which partition, and links to the brokers. Topics are named as Kafka knows them. */
export class Brokers {
  private readonly settings: KafkaSettings;
  private readonly ports: Ports;
  private readonly patienceMs: number;
  private readonly closed = new AbortController();
  private readonly links = new Map<string, BrokerLink>();
  private addresses = new Map<number, BrokerAddress>();
  private readonly leaders = new Map<string, number>();
  private readonly topics = new Set<string>();
  private looking: Promise<Answers['Metadata']> | undefined;
  private readonly listeners: (() => void)[] = [];
  /** Raised whenever a leader changed. */
  version = 0;

  constructor(settings: KafkaSettings, ports: Ports, patienceMs = settings.requestTimeoutMs) {
    this.settings = settings;
    this.ports = ports;
    this.patienceMs = patienceMs;
  }

  /** Partitions of a topic, or 0 where there is none; its leaders are known from then on. */
  async partitionsOf(topic: string): Promise<number> {
    const [found] = await this.describe([topic]);
    return found?.partitionMetadata.length ?? 0;
  }

  /** Those of the topics that Kafka has. */
  async describe(topics: readonly string[]): Promise<readonly TopicMetadata[]> {
    for (const topic of topics) this.topics.add(topic);
    const { topicMetadata } = await this.look();
    const found = topicMetadata.filter(({ topic, topicErrorCode }) => topicErrorCode === CODE.none && topics.includes(topic));
    for (const topic of topics) if (!found.some((each) => each.topic === topic)) this.topics.delete(topic);
    return found;
  }

  /** Brokers that are up. */
  get nodes(): readonly number[] {
    return [...this.addresses.keys()];
  }

  /** Looks again who leads what; calls at the same time share one look. */
  async refresh(): Promise<void> {
    await (this.looking ??= this.look().finally(() => (this.looking = undefined)));
  }

  leaderOf(partition: TopicPartition): number | undefined {
    return this.leaders.get(nameOf(partition));
  }

  /** The leader's link; rejects with `NotSent` where nobody is known to lead. */
  async linkTo(partition: TopicPartition, purpose: Purpose): Promise<BrokerLink> {
    if (this.leaderOf(partition) === undefined) await this.describe([partition.topic]);
    const leader = this.leaderOf(partition);
    if (leader === undefined) throw new NotSent(`no broker leads ${nameOf(partition)}`);
    return this.link(leader, purpose);
  }

  link(node: number, purpose: Purpose): BrokerLink {
    const address = this.addresses.get(node);
    if (!address) throw new NotSent(`broker ${node} is not known`);
    return this.linkAt(address, purpose);
  }

  /** Any broker that answers: one that is known, or one of those that the settings name. */
  async anyone<T>(ask: (link: BrokerLink) => Promise<T>): Promise<T> {
    let failure: unknown;
    const all = [...this.addresses.values(), ...this.settings.brokers];
    for (const link of new Set(all.map((address) => this.linkAt(address, 'pages')))) {
      try {
        return await ask(link);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** Asks again, with another look at who leads, until an answer comes or patience is over: for questions only, never for an append. */
  async patiently<T>(ask: () => Promise<T>): Promise<T> {
    const { clock } = this.ports;
    const until = clock.monotonic() + this.patienceMs;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (error instanceof LogStopped || this.closed.signal.aborted || clock.monotonic() > until) throw error;
      }
      await this.lookAgain();
    }
  }

  /** Looks who leads what after a while; where that fails, the next request says why. */
  async lookAgain(): Promise<void> {
    await delay(this.ports.timers, AGAIN_MS, this.closed.signal);
    await this.refresh().catch(() => {});
  }

  /** Calls back when a leader changed, whoever looked. */
  onMove(listener: () => void): void {
    this.listeners.push(listener);
  }

  close(): void {
    this.closed.abort();
    for (const link of this.links.values()) link.close();
  }

  private linkAt(address: BrokerAddress, purpose: Purpose): BrokerLink {
    if (this.closed.signal.aborted) throw new NotSent('the log is closed');
    const name = `${purpose} ${address.host}:${address.port}`;
    let link = this.links.get(name);
    if (!link) this.links.set(name, (link = new BrokerLink(address, this.settings, this.ports.timers)));
    return link;
  }

  private async look(): Promise<Answers['Metadata']> {
    const answer = await this.anyone((link) => link.call('Metadata', { topics: [...this.topics], allowAutoTopicCreation: false }));
    const { version } = this;
    this.addresses = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    for (const { topic, partitionMetadata } of answer.topicMetadata) {
      for (const { partitionId, leader } of partitionMetadata) this.lead(nameOf({ topic, partition: partitionId }), leader >= 0 ? leader : undefined);
    }
    if (this.version !== version) for (const listener of this.listeners) listener();
    return answer;
  }

  private lead(name: string, leader: number | undefined): void {
    if (this.leaders.get(name) === leader) return;
    this.version++;
    if (leader === undefined) this.leaders.delete(name);
    else this.leaders.set(name, leader);
  }
}
