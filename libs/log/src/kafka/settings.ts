import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';

type Environment = Readonly<Record<string, string | undefined>>;

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** Who we are to the brokers. The password is readable by name only: neither JSON nor a print of the object shows it. */
export class Sasl {
  readonly mechanism: (typeof MECHANISMS)[number];
  readonly username: string;
  readonly #password: string;

  constructor(mechanism: Sasl['mechanism'], username: string, password: string) {
    this.mechanism = mechanism;
    this.username = username;
    this.#password = password;
  }

  get password(): string {
    return this.#password;
  }
}

/** How Kafka is reached, and what the log's topics there are called. */
export interface KafkaSettings {
  readonly brokers: readonly BrokerAddress[];
  /** Stands before every topic's name. */
  readonly prefix: string;
  readonly clientId: string;
  readonly tls?: ConnectionOptions;
  readonly sasl?: Sasl;
  readonly connectTimeoutMs: number;
  /** How long a broker may take to answer; then the outcome of what was asked is unknown. */
  readonly requestTimeoutMs: number;
}

/** Reads `kafka://host:port,…` and the NOVACRON_KAFKA_ variables; throws one sentence that names the variable at fault, and never its secret. */
export function kafkaSettings(url: string, env: Environment): KafkaSettings {
  const brokers = addressesOf(url);
  const tls = tlsOf(env);
  const sasl = saslOf(env);
  if (sasl?.mechanism === 'plain' && !tls && !brokers.every(({ host }) => isLoopback(host))) {
    throw new Error('NOVACRON_KAFKA_SASL=plain sends the password as it is: set NOVACRON_KAFKA_TLS=on too, or use scram-sha-512');
  }
  const prefix = env['NOVACRON_KAFKA_PREFIX'] ?? 'novacron.';
  if (!/^[\w.-]{0,100}$/.test(prefix)) throw new Error(`NOVACRON_KAFKA_PREFIX may have letters, digits, ".", "_" and "-", not "${prefix}"`);
  return {
    brokers, prefix, clientId: env['NOVACRON_KAFKA_CLIENT_ID'] ?? 'novacron', ...(tls && { tls }), ...(sasl && { sasl }),
    connectTimeoutMs: milliseconds(env, 'NOVACRON_KAFKA_CONNECT_TIMEOUT_MS', 3_000), requestTimeoutMs: milliseconds(env, 'NOVACRON_KAFKA_REQUEST_TIMEOUT_MS', 5_000),
  };
}

function addressesOf(url: string): BrokerAddress[] {
  if (url.includes('@')) throw new Error('NOVACRON_LOG names brokers only: give the password by NOVACRON_KAFKA_PASSWORD_FILE and the user by NOVACRON_KAFKA_USERNAME');
  const brokers = url.replace(/^kafka:\/\//, '').replace(/\/$/, '').split(',').map((text) => {
    const [, six, plain, port = '9092'] = /^(?:\[([\da-fA-F:]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
    return { host: six ?? plain ?? '', port: Number(port) };
  });
  if (!url.startsWith('kafka://') || brokers.some(({ host, port }) => host === '' || port < 1 || port > 65_535)) {
    throw new Error(`NOVACRON_LOG must be kafka://host:port,host:port,…, not "${url}"; without it the log is in PostgreSQL`);
  }
  return brokers;
}

function tlsOf(env: Environment): ConnectionOptions | undefined {
  const wanted = env['NOVACRON_KAFKA_TLS'] ?? 'off';
  if (wanted !== 'on' && wanted !== 'off') throw new Error(`NOVACRON_KAFKA_TLS must be on or off, not "${wanted}"`);
  if (wanted === 'off') return undefined;
  const [ca, cert, key] = ['CA', 'CERT', 'KEY'].map((name) => fileOf(env, `NOVACRON_KAFKA_${name}_FILE`));
  if ((cert === undefined) !== (key === undefined)) throw new Error('NOVACRON_KAFKA_CERT_FILE and NOVACRON_KAFKA_KEY_FILE go together');
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert, key }) };
}

function saslOf(env: Environment): Sasl | undefined {
  const mechanism = env['NOVACRON_KAFKA_SASL'];
  if (!mechanism) return undefined;
  const known = MECHANISMS.find((each) => each === mechanism);
  if (!known) throw new Error(`NOVACRON_KAFKA_SASL must be one of ${MECHANISMS.join(', ')}, not "${mechanism}"`);
  const username = env['NOVACRON_KAFKA_USERNAME'];
  const password = fileOf(env, 'NOVACRON_KAFKA_PASSWORD_FILE')?.trimEnd() ?? env['NOVACRON_KAFKA_PASSWORD'];
  if (!username || !password) throw new Error(`NOVACRON_KAFKA_SASL=${known} needs NOVACRON_KAFKA_USERNAME and NOVACRON_KAFKA_PASSWORD_FILE (or NOVACRON_KAFKA_PASSWORD)`);
  return new Sasl(known, username, password);
}

function fileOf(env: Environment, name: string): string | undefined {
  const path = env[name];
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${name} names ${path}, which cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function milliseconds(env: Environment, name: string, otherwise: number): number {
  const value = Number(env[name] || otherwise);
  if (!Number.isInteger(value) || value < 100 || value > 60_000) throw new Error(`${name} must be from 100 to 60000 (milliseconds), not "${env[name]}"`);
  return value;
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
