import type { Ports } from '@novacron/kernel';
import type { HostLog } from '../host/options.ts';
import { KafkaLog } from './driver.ts';
import { prepareKafkaLog, type PreparedKafka } from './prepare.ts';
import type { KafkaSettings } from './settings.ts';

export interface OpenKafkaLog {
  /** Services that have a topic. */
  readonly topics: readonly string[];
  /** Of every topic; never changed once they are made. */
  readonly partitions: number;
  readonly ports: Ports;
  readonly log: HostLog;
}

/** The log on a Kafka that is fit for it: topics are made where they are missing, and what is wrong is refused by name (`KafkaUnfit`). */
export async function openKafkaLog(settings: KafkaSettings, options: OpenKafkaLog): Promise<PreparedKafka & { readonly driver: KafkaLog }> {
  const prepared = await prepareKafkaLog(settings, options);
  return { ...prepared, driver: new KafkaLog(settings, options) };
}
