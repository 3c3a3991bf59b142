import { nameOf, type TopicPartition } from '../driver.ts';
import type { PartitionBooks } from './books.ts';
import type { Brokers } from './brokers.ts';
import { CODE, codeName, EARLIEST, LATEST, READ_UNCOMMITTED } from './protocol.ts';
import { LogStopped } from './stopped.ts';

/** Where partitions start and end, asked of their leaders. */
export class Offsets {
  private readonly brokers: Brokers;

  constructor(brokers: Brokers) {
    this.brokers = brokers;
  }

  starts<P extends TopicPartition>(partitions: readonly P[]): Promise<Map<P, number>> {
    return this.brokers.patiently(() => this.ask(partitions, EARLIEST));
  }

  /** Behind the last record that all in-sync replicas have. */
  ends<P extends TopicPartition>(partitions: readonly P[]): Promise<Map<P, number>> {
    return this.brokers.patiently(() => this.ask(partitions, LATEST));
  }

  /** The partition lost the offset that comes next: at which end? */
  async explain(books: PartitionBooks): Promise<void> {
    const start = (await this.starts([books])).get(books)!;
    const end = (await this.ends([books])).get(books)!;
    if (books.next < start) books.stop(new LogStopped('LogStartMoved', `${nameOf(books)} starts at offset ${start} now, and ${books.next} was not read yet: records were deleted.`));
    else if (books.next > end) {
      books.stop(new LogStopped('LogCutShort', `${nameOf(books)} ends at offset ${end}, and was read up to ${books.next} before: Kafka lost records, or the topic was made anew. Restore it; nothing is decided on a log with a hole.`));
    }
  }

  private async ask<P extends TopicPartition>(partitions: readonly P[], timestamp: number): Promise<Map<P, number>> {
    const byLeader = new Map<number | undefined, P[]>();
    for (const each of partitions) {
      const leader = this.brokers.leaderOf(each);
      const led = byLeader.get(leader);
      if (led) led.push(each);
      else byLeader.set(leader, [each]);
    }
    return new Map((await Promise.all([...byLeader.values()].map((led) => this.askLeader(led, timestamp)))).flat());
  }

  private async askLeader<P extends TopicPartition>(led: readonly P[], timestamp: number): Promise<[P, number][]> {
    const link = await this.brokers.linkTo(led[0]!, 'pages');
    const topics = [...new Set(led.map(({ topic }) => topic))];
    const { responses } = await link.call('ListOffsets', {
      replicaId: -1, isolationLevel: READ_UNCOMMITTED,
      topics: topics.map((topic) => ({ topic, partitions: led.filter((each) => each.topic === topic).map(({ partition }) => ({ partition, timestamp })) })),
    });
    const byName = new Map(led.map((each) => [nameOf(each), each]));
    return responses.flatMap(({ topic, partitions }) => partitions.map(({ partition, errorCode, offset }): [P, number] => {
      if (errorCode !== CODE.none) throw new Error(`${topic}/${partition}: ${codeName(errorCode)}`);
      return [byName.get(nameOf({ topic, partition }))!, Number(offset)];
    }));
  }
}
