import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { kafkaSettings } from './settings.ts';

const CANARY = 'canary-31f8-password';

describe('the settings of a log on Kafka', () => {
  it('reads brokers, and what has a default', () => {
    expect(kafkaSettings('kafka://one:9093,two,[::1]:7', {})).toEqual({
      brokers: [{ host: 'one', port: 9093 }, { host: 'two', port: 9092 }, { host: '::1', port: 7 }], prefix: 'novacron.', clientId: 'novacron', connectTimeoutMs: 3_000, requestTimeoutMs: 5_000,
    });
  });
  it.each(['kafka://', 'kafka://a b', 'http://one:1', 'kafka://one:99999', 'kafka://one:x', 'one:9092'])('refuses %s', (url) => {
    expect(() => kafkaSettings(url, {})).toThrow(/NOVACRON_LOG must be kafka:/);
  });
  it('shows no password that was put into the address', () => {
    expect(() => kafkaSettings(`kafka://user:${CANARY}@one:9092`, {})).toThrow(/^(?!.*canary).*NOVACRON_KAFKA_PASSWORD_FILE/);
  });
  it.each([
    [{ NOVACRON_KAFKA_TLS: 'yes' }, /NOVACRON_KAFKA_TLS must be on or off/],
    [{ NOVACRON_KAFKA_TLS: 'on', NOVACRON_KAFKA_CA_FILE: '/nowhere' }, /NOVACRON_KAFKA_CA_FILE names \/nowhere, which cannot be read: ENOENT/],
    [{ NOVACRON_KAFKA_TLS: 'on', NOVACRON_KAFKA_CERT_FILE: '/etc/hostname' }, /go together/],
    [{ NOVACRON_KAFKA_SASL: 'gssapi' }, /must be one of plain, scram-sha-256, scram-sha-512/],
    [{ NOVACRON_KAFKA_SASL: 'plain', NOVACRON_KAFKA_USERNAME: 'nova' }, /needs NOVACRON_KAFKA_USERNAME and NOVACRON_KAFKA_PASSWORD_FILE/],
    [{ NOVACRON_KAFKA_REQUEST_TIMEOUT_MS: '5s' }, /NOVACRON_KAFKA_REQUEST_TIMEOUT_MS must be from 100 to 60000/],
    [{ NOVACRON_KAFKA_PREFIX: 'a b' }, /NOVACRON_KAFKA_PREFIX may have letters/],
  ])('refuses %j in a sentence', (env, sentence) => {
    expect(() => kafkaSettings('kafka://one', env as Record<string, string>)).toThrow(sentence);
  });
  it('sends no readable password over a network', () => {
    const env = { NOVACRON_KAFKA_SASL: 'plain', NOVACRON_KAFKA_USERNAME: 'nova', NOVACRON_KAFKA_PASSWORD: CANARY };
    expect(() => kafkaSettings('kafka://broker.example', env)).toThrow(/^(?!.*canary).*NOVACRON_KAFKA_TLS=on/);
    expect(kafkaSettings('kafka://127.0.0.1', env).sasl?.mechanism).toBe('plain');
    expect(kafkaSettings('kafka://broker.example', { ...env, NOVACRON_KAFKA_TLS: 'on' }).sasl?.password).toBe(CANARY);
  });
  it('shows the password neither as JSON nor in print', () => {
    const settings = kafkaSettings('kafka://one', { NOVACRON_KAFKA_SASL: 'scram-sha-256', NOVACRON_KAFKA_USERNAME: 'nova', NOVACRON_KAFKA_PASSWORD: CANARY });
    expect(settings.sasl?.password).toBe(CANARY);
    expect(JSON.stringify(settings) + inspect(settings, { depth: 9 })).not.toContain('canary');
  });
});
