import type { HostLog } from '../host/options.ts';
import { nameOf } from '../driver.ts';
import type { PartitionBooks } from './books.ts';
import type { Brokers } from './brokers.ts';
import type { Intake } from './intake.ts';
import { fetchOf } from './protocol.ts';

const WAIT_MS = 100;

/** Reads partitions of this process, which the tail does not, as soon as somebody waits for something in them that was not judged here: after an append of unknown outcome, or behind a rival. */
export class CatchUp {
  private readonly reading = new Map<PartitionBooks, Promise<void>>();
  private closed = false;
  private readonly brokers: Brokers;
  private readonly intake: Intake;
  private readonly log: HostLog;

  constructor(brokers: Brokers, intake: Intake, log: HostLog) {
    this.brokers = brokers;
    this.intake = intake;
    this.log = log;
  }

  begin(books: PartitionBooks): void {
    if (this.reading.has(books)) return;
    this.reading.set(books, this.read(books).finally(() => this.reading.delete(books)));
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.reading.values());
  }

  private async read(books: PartitionBooks): Promise<void> {
    for (let failures = 0; books.isBehind && books.isOurs && !books.stopped && !this.closed;) {
      try {
        const link = await this.brokers.linkTo(books, 'catch-up');
        const { moved } = await this.intake.take(await link.call('Fetch', fetchOf([{ topic: books.topic, partition: books.partition, offset: books.next }], WAIT_MS), WAIT_MS));
        failures = 0;
        if (moved) await this.brokers.lookAgain();
      } catch (error) {
        if (this.closed) return;
        if (failures++ % 50 === 0) this.log.warn('cannot read the log', { partition: nameOf(books), error: (error as Error).message });
        await this.brokers.lookAgain();
      }
    }
  }
}
