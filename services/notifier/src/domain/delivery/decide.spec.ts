import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Decision, Message } from '@novacron/kernel';
import { Scenario } from '@novacron/testing';
import { definition } from '../../definition.ts';
import { delayAfter } from './backoff.ts';

const actor = { key: 'k1', name: 'ann' };
const add = (destination: string, more: Record<string, string | string[]> = {}): Message => ({
  type: 'DestinationAddRequested', command: `c-${destination}`, workspace: 'shop', actor, destination, kind: 'webhook', sealed: `sealed-${destination}`, shown: 'https://hooks.example/…', events: [], ...more,
});
const failed = { type: 'RunFailed', workspace: 'shop', workflow: 'w', run: 'r1', reason: 'boom', startedAt: 1 };
const test = { type: 'DestinationTestRequested', command: 'c9', workspace: 'shop', actor, destination: 'ops' };
const outcome = (delivery: string, more: Record<string, string | number | boolean>): Message => ({ type: 'DeliveryAttempted', delivery, tries: 1, ok: false, sent: true, status: 500, ...more });

let scenario: Scenario<typeof definition.schema>;
beforeEach(() => void (scenario = new Scenario(definition)));
/** One open delivery of RunFailed at destination ops. */
function open(): string {
  scenario.tell(add('ops'));
  return scenario.events(failed)[0]!['delivery'] as string;
}

describe('destinations', () => {
  it('are added once, with the default events, and removed', () => {
    const { actor: _actor, ...added } = add('ops');
    expect(scenario.events(add('ops'))).toEqual([{ ...added, type: 'DestinationAdded', events: ['run.succeeded', 'run.failed', 'run.refused', 'run.triggered', 'model.published', 'model.matched', 'model.conflict', 'trigger.conflict'] }]);
    expect(scenario.events(add('ops'))).toEqual([]);
    expect(scenario.events({ ...add('ops'), command: 'c2' })).toMatchObject([{ type: 'DestinationRefused', problem: { code: 'DestinationExists', status: 409 } }]);
    const remove = { type: 'DestinationRemoveRequested', command: 'c3', workspace: 'shop', actor, destination: 'ops' };
    expect(scenario.events(remove)).toEqual([{ type: 'DestinationRemoved', command: 'c3', workspace: 'shop', destination: 'ops' }]);
    expect(scenario.events(remove)).toMatchObject([{ type: 'DestinationRefused', problem: { code: 'DestinationUnknown', status: 404 } }]);
    expect(scenario.events(failed)).toEqual([]);
  });

  it('refuse an event that does not exist, naming those that do', () => {
    expect(scenario.events(add('ops', { events: ['run.exploded'] }))).toMatchObject([{ type: 'DestinationRefused', problem: { code: 'EventUnknown', detail: expect.stringContaining('run.failed') } }]);
  });

  it('are at most 50 in a workspace', () => {
    for (let i = 0; i < 50; i++) scenario.tell(add(`d${i}`));
    expect(scenario.events(add('d50'))).toMatchObject([{ type: 'DestinationRefused', problem: { code: 'TooManyDestinations' } }]);
  });
});

describe('an event', () => {
  it('is told once to each destination of its workspace that wants it', () => {
    for (const each of [add('ops'), add('wins', { events: ['run.succeeded'] }), add('all', { events: ['*'] }), add('theirs', { workspace: 'vision' })]) scenario.tell(each);
    const told = scenario.tell(failed) as Decision;
    expect(told.events.map((event) => [event.type, event['destination'], event['event']])).toEqual([['DeliveryRequested', 'all', 'run.failed'], ['DeliveryRequested', 'ops', 'run.failed']]);
    expect(new Set(told.events.map((event) => event['delivery'])).size).toBe(2);
    expect(told.effects).toEqual(told.events.map(({ type: _type, ...event }) => ({ type: 'Deliver', ...event, kind: 'webhook', sealed: `sealed-${event['destination'] as string}`, at: scenario.now, tries: 1 })));
  });

  it('can be a test, whose answer goes to who asked', () => {
    expect(scenario.events(test)).toMatchObject([{ type: 'DestinationRefused', command: 'c9', problem: { status: 404 } }]);
    scenario.tell(add('ops', { events: ['run.failed'] }));
    expect(scenario.events(test)).toMatchObject([{ type: 'DeliveryRequested', command: 'c9', event: 'test' }]);
  });
});

describe('a delivery', () => {
  const of = (delivery: string) => ({ workspace: 'shop', destination: 'ops', delivery });

  it('ends with its success', () => {
    const id = open();
    expect(scenario.events(outcome(id, { ok: true, status: 204 }))).toEqual([{ type: 'DeliverySucceeded', ...of(id), tries: 1, status: 204 }]);
    expect(scenario.events(outcome(id, { ok: true, status: 204 }))).toEqual([]);
    expect(scenario.state.delivery.size).toBe(0);
  });

  it('is tried again after its backoff with the same id and content', () => {
    const id = open();
    const at = scenario.now + delayAfter(id, 1);
    const first = scenario.tell(outcome(id, { error: 'no answer within 10 s' }));
    expect(first).toEqual({
      events: [{ type: 'DeliveryDelayed', ...of(id), tries: 1, at, error: 'no answer within 10 s' }],
      timers: [{ id: `delivery/${id}`, at, message: { type: 'DeliveryDue', delivery: id } }],
    });
    const due = { type: 'DeliveryDue', delivery: id };
    expect(scenario.tell(due, { now: at })).toMatchObject({ events: [{ type: 'DeliveryRetried', delivery: id }], effects: [{ type: 'Deliver', ...of(id), text: 'Run r1 of shop/w failed: boom.', tries: 2, at: scenario.now }] });
    expect(scenario.tell(due, { now: at })).toEqual({ events: [] });
    expect(scenario.tell(outcome(id, {}), { now: at })).toEqual({ events: [] });
  });

  it('honours Retry-After', () => {
    const id = open();
    expect(scenario.events(outcome(id, { status: 429, retryAfter: 3_600_000 }))).toMatchObject([{ type: 'DeliveryDelayed', at: scenario.now + 3_600_000, error: 'HTTP 429' }]);
  });

  it('does not count a try in which nothing was sent', () => {
    const id = open();
    expect(scenario.events(outcome(id, { sent: false, status: 0, error: 'circuit open', retryAfter: 30_000 }))).toMatchObject([{ type: 'DeliveryDelayed', tries: 0 }]);
    expect(scenario.tell({ type: 'DeliveryDue', delivery: id })).toMatchObject({ effects: [{ tries: 1 }] });
  });

  it('is given up after 12 tries, or after a day, or where trying cannot help', () => {
    const id = open();
    let now = scenario.now;
    for (let tries = 1; tries < 12; tries++) {
      const [delayed] = scenario.events(outcome(id, { tries }), { now });
      expect(delayed).toMatchObject({ type: 'DeliveryDelayed', tries });
      now = delayed!['at'] as number;
      scenario.tell({ type: 'DeliveryDue', delivery: id }, { now });
    }
    expect(now - scenario.now).toBeLessThan(24 * 3_600_000);
    expect(scenario.events(outcome(id, { tries: 12 }), { now })).toEqual([{ type: 'DeliveryAbandoned', ...of(id), tries: 12, error: 'HTTP 500' }]);
    const late = scenario.events(failed)[0]!['delivery'] as string;
    expect(scenario.events(outcome(late, { retryAfter: 25 * 3_600_000 }))).toMatchObject([{ type: 'DeliveryAbandoned', tries: 1 }]);
    const hopeless = scenario.events(failed)[0]!['delivery'] as string;
    expect(scenario.events(outcome(hopeless, { status: 0, final: true, error: 'private' }))).toMatchObject([{ type: 'DeliveryAbandoned', error: 'private' }]);
  });

  it('answered 410 disables the destination until it is added anew', () => {
    const id = open();
    const waiting = scenario.events(failed)[0]!['delivery'] as string;
    scenario.tell(outcome(waiting, {}));
    expect(scenario.events(outcome(id, { status: 410 }))).toMatchObject([{ type: 'DeliveryAbandoned', error: 'HTTP 410' }, { type: 'DestinationDisabled', destination: 'ops' }]);
    expect(scenario.events(failed)).toEqual([]);
    expect(scenario.events({ type: 'DeliveryDue', delivery: waiting })).toMatchObject([{ type: 'DeliveryAbandoned', error: 'the destination is disabled: it answered 410 Gone' }]);
    scenario.tell({ ...add('ops'), command: 'c7' });
    expect(scenario.events(failed)).toHaveLength(1);
  });
});
