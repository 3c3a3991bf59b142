import type { Timers } from '@novacron/kernel';
import { BrokerSession } from './broker-session.ts';
import type { Answers, Api } from './protocol.ts';
import type { BrokerAddress, KafkaSettings } from './settings.ts';

/** The broker was not reached, or cannot take anything now: what was to be sent is surely not there. */
export class NotSent extends Error {}
/** The broker was reached and does not know us. */
export class NotAdmitted extends NotSent {}

/** The way to one broker: a connection that is made at first use, and another one once that has failed. Nothing is tried again here. */
export class BrokerLink {
  private readonly address: BrokerAddress;
  private readonly settings: KafkaSettings;
  private readonly timers: Timers;
  private session: BrokerSession | undefined;
  private closed = false;

  constructor(address: BrokerAddress, settings: KafkaSettings, timers: Timers) {
    this.address = address;
    this.settings = settings;
    this.timers = timers;
  }

  /**
   * One request and its answer, with the error codes in it as they are; rejects with `NotSent` where the broker was not reached. `waitMs`: how long
   * the request lets the broker wait with its answer.
   */
  async call<A extends Api>(api: A, args: object, waitMs = 0): Promise<Answers[A]> {
    const session = this.current();
    await this.opened(session);
    try {
      return await session.ask(api, args, waitMs);
    } catch (error) {
      // What the broker answered is never thrown: the connection is out of step, and nothing that comes on it can be trusted.
      session.end();
      throw error;
    }
  }

  /** Ends the connection at once and makes none any more. */
  close(): void {
    this.closed = true;
    this.session?.end();
  }

  private current(): BrokerSession {
    if (this.closed) throw new NotSent('the log is closed');
    if (!this.session || this.session.over) this.session = new BrokerSession(this.address, this.settings, this.timers);
    return this.session;
  }

  private async opened(session: BrokerSession): Promise<void> {
    try {
      await session.open();
    } catch (error) {
      session.end();
      const { name, message } = error as Error;
      const kafka = `Kafka at ${this.address.host}:${this.address.port}`;
      if (/SASL/.test(name)) throw new NotAdmitted(`${kafka} does not admit ${this.settings.sasl?.username ?? 'us'}: ${message}`);
      throw new NotSent(`${kafka} is not reached: ${message}`);
    }
  }
}
