import { describe, expect, it } from '@jest/globals';
import { audienceOf, HEARS, messages, SERVICES, type ServiceName } from './index.ts';

/** listener -> who says something addressed to it. */
function heard(): Record<ServiceName, Set<ServiceName>> {
  const result = Object.fromEntries(SERVICES.map((name) => [name, new Set()])) as Record<ServiceName, Set<ServiceName>>;
  for (const spec of messages.values()) for (const { service } of audienceOf(spec)) result[service as ServiceName].add(spec.said);
  return result;
}

describe('contracts', () => {
  it('address every message to services that listen to who says it, and nobody listens in vain', () => {
    const sorted = (names: Iterable<ServiceName>) => [...names].sort();
    const actual = heard();
    for (const name of SERVICES) expect([name, sorted(HEARS[name])]).toEqual([name, sorted(actual[name])]);
  });

  it('give every message a sentence, a version and a key', () => {
    for (const spec of messages.values()) {
      expect(spec.summary).toMatch(/^[A-Z].*\.$/);
      expect([spec.type, spec.version > 0, spec.keyed !== '']).toEqual([spec.type, true, true]);
    }
  });

  it('find conditional addresses: by what is optional, by flags and by enumerations', () => {
    const services = (type: string) => audienceOf(messages.get(type)!).map(({ service, key }) => `${service} ${key}`).sort();
    expect(services('RunAdmitted')).toEqual(['gateway {workspace}', 'resolver {run}']);
    expect(services('RunStarted')).toEqual(['gateway {workspace}', 'notifier {workspace}']);
    expect(services('ModelVersionPublished')).toEqual(['gateway {workspace}', 'notifier {owner}', 'resolver {run}']);
    expect(services('TaskSucceeded')).toEqual([]);
  });
});
