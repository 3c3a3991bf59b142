import type { Timers } from '@novacron/kernel';
import { AppendError, nameOf, type TopicPartition } from '../driver.ts';
import { NotSent, type BrokerLink } from './broker-link.ts';
import type { Brokers } from './brokers.ts';
import { CODE, codeName } from './protocol.ts';

/** What a broker appended. */
export interface Produced {
  readonly offset: number;
  /** Offset of the first record that the partition still has; NaN where the broker does not say. */
  readonly startsAt: number;
  /** The broker's clock, ms since the epoch; -1 where the topic does not say. */
  readonly time: number;
}

/** Answers that say that nothing was appended. Not among them: NOT_LEADER_OR_FOLLOWER, which a broker also says when it lost the lead after its append. */
const REFUSED: readonly number[] = [CODE.notEnoughReplicas, CODE.topicAuthorizationFailed, CODE.clusterAuthorizationFailed];
const CONTENT: readonly number[] = [CODE.messageTooLarge, CODE.recordListTooLarge, CODE.invalidRecord];

/** Characters of a request's records, beyond which the next batch goes into another: far below a broker's `socket.request.max.bytes`. */
const MOST_CHARACTERS = 8 << 20;

/** Records for one partition, and who waits for the broker's word on them. */
interface Batch {
  readonly partition: TopicPartition;
  readonly texts: readonly string[];
  readonly size: number;
  readonly resolve: (produced: Produced) => void;
  readonly reject: (error: AppendError) => void;
}

/** What is about to be asked of one broker, by partition. */
interface Request {
  readonly batches: Map<string, Batch>;
  size: number;
}

/**
 * Sends one batch to one partition, once: acks of all in-sync replicas, no idempotence, no transaction, no second try (reliability.md K1 to K7). What is to be sent to one broker in one turn of the
 * event loop goes in one request: a request costs either side more than a batch in it.
 */
export class Producer {
  private readonly gathered = new Map<BrokerLink, Request>();
  private readonly brokers: Brokers;
  private readonly timers: Timers;
  private readonly timeoutMs: number;

  constructor(brokers: Brokers, timers: Timers, timeoutMs: number) {
    this.brokers = brokers;
    this.timers = timers;
    this.timeoutMs = timeoutMs;
  }

  /** Resolves when the broker says that it appended, which proves nothing yet; rejects with an `AppendError`. */
  async send(partition: TopicPartition, texts: readonly string[]): Promise<Produced> {
    const link = await this.link(partition);
    const size = texts.reduce((sum, text) => sum + text.length, 0);
    return new Promise((resolve, reject) => this.gather(link, { partition, texts, size, resolve, reject }));
  }

  private gather(link: BrokerLink, batch: Batch): void {
    const name = nameOf(batch.partition);
    let request = this.gathered.get(link);
    // A broker takes one batch of a partition in a request.
    if (!request || request.batches.has(name) || request.size + batch.size > MOST_CHARACTERS) request = this.open(link);
    request.batches.set(name, batch);
    request.size += batch.size;
  }

  private open(link: BrokerLink): Request {
    const request: Request = { batches: new Map(), size: 0 };
    this.gathered.set(link, request);
    this.timers.yield(() => {
      if (this.gathered.get(link) === request) this.gathered.delete(link);
      void this.post(link, [...request.batches.values()]);
    });
    return request;
  }

  private async post(link: BrokerLink, batches: readonly Batch[]): Promise<void> {
    const byTopic = new Map<string, { partition: number; messages: { key: null; value: string }[] }[]>();
    for (const { partition: { topic, partition }, texts } of batches) {
      const data = { partition, messages: texts.map((value) => ({ key: null, value })) };
      const others = byTopic.get(topic);
      if (others) others.push(data);
      else byTopic.set(topic, [data]);
    }
    try {
      const { topics } = await link.call('Produce', { acks: -1, timeout: this.timeoutMs, compression: 0, topicData: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })) });
      const answers = new Map(topics.flatMap(({ topicName, partitions }) => partitions.map((answer) => [nameOf({ topic: topicName, partition: answer.partition }), answer] as const)));
      for (const { partition, resolve, reject } of batches) {
        const { errorCode, baseOffset, logAppendTime, logStartOffset } = answers.get(nameOf(partition))!;
        if (errorCode === CODE.none) resolve({ offset: Number(baseOffset), startsAt: Number(logStartOffset), time: Number(logAppendTime) });
        else reject(this.answered(partition, errorCode));
      }
    } catch (error) {
      // Where it was sent, nobody knows; the link has cut its connection.
      if (!(error instanceof NotSent)) void this.brokers.refresh().catch(() => {});
      for (const { partition, reject } of batches) reject(error instanceof NotSent ? refused(error) : new AppendError({ kind: 'unknown' }, `${nameOf(partition)}: ${(error as Error).message}`));
    }
  }

  private async link(partition: TopicPartition): Promise<BrokerLink> {
    try {
      return await this.brokers.linkTo(partition, 'appends');
    } catch (error) {
      throw refused(error as Error);
    }
  }

  private answered(partition: TopicPartition, code: number): AppendError {
    const kind = CONTENT.includes(code) ? 'content' : REFUSED.includes(code) ? 'refused' : 'unknown';
    if (kind === 'unknown') void this.brokers.refresh().catch(() => {});
    const said = `${nameOf(partition)}: ${codeName(code)}`;
    return new AppendError({ kind }, said, code === CODE.notEnoughReplicas ? new NotSent(said) : undefined);
  }
}

const refused = (error: Error): AppendError => new AppendError({ kind: 'refused' }, error.message, error);
