import { SERVICES } from '@novacron/contracts';
import type { Ports } from '@novacron/kernel';
import { KafkaLog, kafkaSettings, openKafkaLog, PostgresLog, prepareLog, type HostLog, type LogDriver } from '@novacron/log';

export interface OpenedLog {
  readonly driver: LogDriver;
  /** What may be lost of the log, in words, where that is more than it should be. */
  readonly weakness: string | undefined;
}

/** The log that NOVACRON_LOG names, for who only reads it; without it the one in PostgreSQL. */
export function logToRead(env: Readonly<Record<string, string | undefined>>, databaseUrl: string, options: { ports: Ports; log: HostLog }): LogDriver {
  const url = env['NOVACRON_LOG'];
  return url ? new KafkaLog(kafkaSettings(url, env), options) : new PostgresLog(databaseUrl, { notify: false, ports: options.ports });
}

/** The log that NOVACRON_LOG names, ready to be used; without it the one in PostgreSQL, whose schema is applied in any case. */
export async function openLog(
  env: Readonly<Record<string, string | undefined>>, databaseUrl: string, { alone, partitions, ports, log }: { alone: boolean; partitions: number; ports: Ports; log: HostLog },
): Promise<OpenedLog> {
  await prepareLog(databaseUrl);
  const url = env['NOVACRON_LOG'];
  if (!url) return { driver: new PostgresLog(databaseUrl, { notify: !alone, ports }), weakness: undefined };
  return openKafkaLog(kafkaSettings(url, env), { topics: SERVICES, partitions, ports, log });
}
