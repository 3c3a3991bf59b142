import { SERVICES } from '@novacron/contracts';
import type { Ports } from '@novacron/kernel';
import { borrowDatabase } from '@novacron/log/embedded';
import { decode, KafkaLog, kafkaSettings, openHeads, openKafkaLog, partitionNamed, PostgresLog, prepareLog, silentLog, START, type HeadStore, type LogDriver } from '@novacron/log';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a log lies, and the signed heads about it. */
export interface Place {
  readonly shown: string;
  readonly driver: LogDriver;
  readonly heads: HeadStore;
  /** Of the database that holds the heads: two places may share it. */
  readonly database: string;
}

export interface Places {
  readonly from: Place;
  readonly to: Place;
  close(): Promise<void>;
}

export interface PlacesSpec {
  readonly from: string;
  readonly to: string;
  readonly dataDir: string;
  readonly env: Environment;
  readonly ports: Ports;
}

/** Opens both places; topics in Kafka are made as the source's partitions ask. Throws RangeError where a place is none. */
export async function openPlaces({ from, to, dataDir, env, ports }: PlacesSpec): Promise<Places> {
  for (const text of [from, to]) if (!/^(postgres|postgres(ql)?:\/\/.+|kafka:\/\/.+)$/.test(text)) throw new RangeError(`"${text}" is no place of a log.`);
  if (from === to) throw new RangeError('A log is not copied onto itself.');
  const database = await borrowDatabase(env, { dataDir });
  const ends: (() => Promise<unknown>)[] = [() => database.done()];
  const close = async () => {
    for (const end of ends.reverse()) await end().catch(() => {});
  };
  const place = async (text: string, open: (url: string) => Promise<LogDriver>): Promise<Place> => {
    const url = text === 'postgres' ? database.url : text;
    const driver = await open(url);
    ends.push(() => driver.close());
    const beside = text.startsWith('kafka:') ? database.url : url;
    const heads = await openHeads(beside);
    ends.push(() => heads.close());
    return { shown: text.startsWith('kafka:') ? text : shownOf(url), driver, heads, database: beside };
  };
  try {
    const source = await place(from, async (url) => (url.startsWith('kafka:') ? new KafkaLog(kafkaSettings(url, env), { ports, log: silentLog }) : new PostgresLog(url, { notify: false, ports })));
    const partitions = await partitionsOf(source.driver);
    const target = await place(to, async (url) => {
      if (url.startsWith('kafka:')) return (await openKafkaLog(kafkaSettings(url, env), { topics: SERVICES, partitions, ports, log: silentLog })).driver;
      await prepareLog(url);
      return new PostgresLog(url, { notify: false, ports });
    });
    return { from: source, to: target, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As the first claim recorded it, for ever. */
async function partitionsOf(driver: LogDriver): Promise<number> {
  for (const name of (await driver.heads(SERVICES)).keys()) {
    const [row] = await driver.read(partitionNamed(name), START, 1);
    const claim = row && decode(row.records[0]!);
    if (claim?.kind === 'claim') return claim.partitions;
  }
  throw new Error('the source holds no log: nothing to copy');
}

/** An address without its password. */
function shownOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname}`;
}
