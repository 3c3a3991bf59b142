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

/**
 * Sends one batch to one partition, once: acks of all in-sync replicas, no idempotence, no transaction, no second try (reliability.md K1 to K7). A request costs either side more than a batch in it, and a
 * broker takes up one request of a connection after the other: what is to be sent while one is under way goes together in the next.
 */
export class Producer {
  /** What is not sent yet; absent where nothing is under way either. */
  private readonly waiting = new Map<BrokerLink, Batch[]>();
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
    const waiting = this.waiting.get(link);
    if (waiting) waiting.push(batch);
    else {
      this.waiting.set(link, [batch]);
      void this.work(link);
    }
  }

  /** Sends until nothing waits. */
  private async work(link: BrokerLink): Promise<void> {
    const waiting = this.waiting.get(link)!;
    // What one event of a socket brought is decided in one go of microtasks: it goes together, and before those are answered who hear of it.
    await Promise.resolve();
    for (;;) {
      await this.post(link, requestOf(waiting));
      if (waiting.length === 0) break;
      // What follows from the answer goes with what waited for it.
      await new Promise<void>((resolve) => this.timers.yield(resolve));
    }
    this.waiting.delete(link);
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

/** Takes from what waits, in its order, as much as goes into one request: of each partition a broker takes one batch. */
function requestOf(waiting: Batch[]): Batch[] {
  const names = new Set<string>();
  let size = 0;
  let taken = 0;
  for (const batch of waiting) {
    const name = nameOf(batch.partition);
    if (taken > 0 && (names.has(name) || size + batch.size > MOST_CHARACTERS)) break;
    names.add(name);
    size += batch.size;
    taken++;
  }
  return waiting.splice(0, taken);
}
