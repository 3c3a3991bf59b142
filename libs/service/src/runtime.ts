import { mkdirSync } from 'node:fs';
import { addressesOf, HEARS } from '@novacron/contracts';
import { realPorts, type Ports } from '@novacron/kernel';
import { Feed, Host, postgresHeads, postgresMembership, postgresSnapshots, prepareHeads, sessionOf, type HostLog, type LogDriver, type Membership, type Notary } from '@novacron/log';
import pg from 'pg';
import { pino, type Logger } from 'pino';
import { Registry } from 'prom-client';
import type { ArtifactStore, Owners, Secrets, Settings, SignedHeads } from './api.ts';
import { openArtifacts } from './artifacts/open.ts';
import { notaryOf, openSigner } from './audit.ts';
import { forwarding, type Forward } from './forwarding.ts';
import { openLog } from './open-log.ts';
import { ownersOf } from './owners.ts';
import { posting } from './post.ts';
import { Readiness } from './readiness.ts';
import { openSecrets } from './secrets.ts';
import { SocketRoutes } from './sockets.ts';

/** Environment variables that every service process reads. */
export interface RuntimeEnvironment {
  readonly NOVACRON_DATA?: string;
  readonly DATABASE_URL?: string;
  /** `kafka://host:port,…`: the log is there, and PostgreSQL holds projections and snapshots only. */
  readonly NOVACRON_LOG?: string;
  readonly NOVACRON_HOST?: string;
  /** Where other processes and agents reach this one; default: where it listens, or the machine's name where it listens everywhere. */
  readonly NOVACRON_ADDRESS?: string;
  /** Port of this process; absent or 0: any free one. */
  readonly NOVACRON_PORT?: string;
  readonly NOVACRON_PARTITIONS?: string;
  readonly NOVACRON_LOG_LEVEL?: string;
  /** `s3://bucket/prefix`; absent: a directory in NOVACRON_DATA. */
  readonly NOVACRON_ARTIFACTS?: string;
}

/** What one process has of the installation: made once, closed at the end. */
export interface Runtime {
  readonly settings: Settings & { address: string };
  readonly listen: { readonly host: string; readonly port: number };
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly artifacts: ArtifactStore;
  readonly sockets: SocketRoutes;
  readonly readiness: Readiness;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly databaseUrl: string;
  readonly driver: LogDriver;
  /** What may be lost of the log, in words, where that is more than it should be. */
  readonly logWeakness: string | undefined;
  readonly host: Host;
  readonly feed: Feed;
  readonly owners: Owners;
  readonly forward: Forward;
  /** Signed heads of all partitions, and the key that they are checked with. */
  readonly heads: SignedHeads;
  /** Signs those of this process. */
  readonly notary: Notary;
  close(): Promise<void>;
}

/** Opens log, stores and secrets; nothing is claimed before `host.start()`. `alone` is true where this process hosts all services. */
export async function openRuntime(env: Readonly<Record<string, string | undefined>>, alone: boolean): Promise<Runtime> {
  const { NOVACRON_DATA: dataDir = '.novacron', DATABASE_URL: databaseUrl, NOVACRON_HOST: host = '127.0.0.1' } = env as RuntimeEnvironment;
  if (!databaseUrl) throw new Error('DATABASE_URL is not set: name the PostgreSQL (14 or later) that holds the log and what is read from it, or use npm start, which brings its own');
  const port = wholeNumber(env, 'NOVACRON_PORT', 0, 65_535, 0);
  const partitions = wholeNumber(env, 'NOVACRON_PARTITIONS', 1, 1_024, 16);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const ports = realPorts();
  const logger = pino({ level: env['NOVACRON_LOG_LEVEL'] ?? 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const artifacts = await openArtifacts(dataDir, env, ports.random);
  const pool = new pg.Pool({ ...sessionOf(databaseUrl), max: 2 });
  pool.on('error', () => {});
  await prepareHeads(pool);
  const settings = { dataDir, address: '', env };
  const log = hostLog(logger);
  const { driver, weakness: logWeakness } = await openLog(env, databaseUrl, { alone, partitions, ports, log });
  const hosting = new Host({
    driver, snapshots: postgresSnapshots(pool), membership: sharing(postgresMembership(databaseUrl, ports), driver), ports, get address() { return settings.address; }, addressesOf, hears: HEARS, partitions, log,
  });
  const owners = ownersOf(driver, ports);
  const secrets = openSecrets(settings, ports.random);
  const heads = postgresHeads(pool);
  const signer = openSigner(settings, ports.random);
  return {
    settings, listen: { host, port }, ports, logger, databaseUrl, driver, logWeakness, host: hosting,
    secrets, artifacts, sockets: new SocketRoutes(), readiness: new Readiness(), metrics: new Registry(),
    feed: new Feed({ driver, ports, log, partitions, host: hosting }),
    owners, forward: forwarding({ host: hosting, owners, credentialKey: secrets.credentialKey, ports, post: posting(ports.timers), self: () => settings.address }),
    heads: { ...heads, publicKey: signer.publicKey }, notary: notaryOf({ settings, host: hosting, driver, heads, signer, ports, log }),
    async close() {
      await Promise.allSettled([driver.close(), pool.end()]);
    },
  };
}

/** A process that hosts all services tells nobody of its appends until it sees another. */
function sharing(membership: Membership, driver: LogDriver): Membership {
  return {
    join: (member, seen) => membership.join(member, (living) => {
      if (living.length > 1) driver.share?.();
      seen(living);
    }),
    holds: (partitions) => membership.holds(partitions),
    leave: () => membership.leave(),
  };
}

/** The host's words as structured log lines. */
export function hostLog(logger: Logger): HostLog {
  return {
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}

function wholeNumber(env: Readonly<Record<string, string | undefined>>, name: string, least: number, most: number, otherwise: number): number {
  const text = env[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) throw new Error(`${name} must be a whole number from ${least} to ${most}, not "${text}"`);
  return value;
}
