import { AppendError, nameOf, type TopicPartition } from '../driver.ts';
import { NotSent, type BrokerLink } from './broker-link.ts';
import type { Brokers } from './brokers.ts';
import { CODE, codeName } from './protocol.ts';

/** What a broker appended. */
export interface Produced {
  readonly offset: number;
  /** The broker's clock, ms since the epoch; -1 where the topic does not say. */
  readonly time: number;
}

/** Answers that say that nothing was appended. Not among them: NOT_LEADER_OR_FOLLOWER, which a broker also says when it lost the lead after its append. */
const REFUSED: readonly number[] = [CODE.notEnoughReplicas, CODE.topicAuthorizationFailed, CODE.clusterAuthorizationFailed];
const CONTENT: readonly number[] = [CODE.messageTooLarge, CODE.recordListTooLarge, CODE.invalidRecord];

/** Sends one batch to one partition, once: acks of all in-sync replicas, no idempotence, no transaction, no second try (reliability.md K1 to K7). */
export class Producer {
  private readonly brokers: Brokers;
  private readonly timeoutMs: number;

  constructor(brokers: Brokers, timeoutMs: number) {
    this.brokers = brokers;
    this.timeoutMs = timeoutMs;
  }

  /** Resolves when the broker says that it appended, which proves nothing yet; rejects with an `AppendError`. */
  async send(partition: TopicPartition, texts: readonly string[]): Promise<Produced> {
    const link = await this.link(partition);
    try {
      const { topics } = await link.call('Produce', {
        acks: -1, timeout: this.timeoutMs, compression: 0,
        topicData: [{ topic: partition.topic, partitions: [{ partition: partition.partition, messages: texts.map((value) => ({ key: null, value })) }] }],
      });
      const { errorCode, baseOffset, logAppendTime } = topics[0]!.partitions[0]!;
      if (errorCode !== CODE.none) throw this.answered(partition, errorCode);
      return { offset: Number(baseOffset), time: Number(logAppendTime) };
    } catch (error) {
      if (error instanceof AppendError) throw error;
      if (error instanceof NotSent) throw refused(error);
      // Nobody knows; the link has cut its connection.
      void this.brokers.refresh().catch(() => {});
      throw new AppendError({ kind: 'unknown' }, `${nameOf(partition)}: ${(error as Error).message}`);
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
