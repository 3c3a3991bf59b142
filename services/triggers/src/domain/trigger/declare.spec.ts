import { describe, expect, it } from '@jest/globals';
import { addressesOf, messages, type TriggerDefinition } from '@novacron/contracts';
import type { Decision } from '@novacron/kernel';
import { applied, cron, declared, file, interval, model, removal, seen, TRIGGER, world } from './examples.ts';

describe('declared triggers', () => {
  it('are made, kept, changed and removed as their workflow says', () => {
    const triggers = world();
    expect(triggers.events(declared(cron('0 3 * * *'), model('^1.0.0'))).map(({ type }) => type)).toEqual(['TriggerApplied', 'TriggerScheduled', 'TriggerApplied', 'ModelSubscribed']);
    expect(triggers.events(declared(cron('0 3 * * *'), model('^1.0.0')))).toEqual([]);
    expect(triggers.events(declared(cron('0 4 * * *'), interval(60_000))).map(({ type, trigger }) => `${type} ${String(trigger ?? '')}`)).toEqual([
      'TriggerApplied recommend/cron', 'TriggerScheduled recommend/cron', 'TriggerApplied recommend/interval', 'TriggerScheduled recommend/interval',
      'Unsubscribed ', 'TriggerRemoved recommend/model',
    ]);
    expect([...triggers.state.trigger.ids()].sort()).toEqual(['shop/recommend/cron', 'shop/recommend/interval']);
  });

  it('come back as new ones: what fired before they were removed may fire again', () => {
    const triggers = world();
    triggers.events(declared(file('*')));
    expect(triggers.events(seen('a'))).toHaveLength(1);
    triggers.events(declared());
    triggers.events(declared(file('*')));
    expect(triggers.events(seen('a'))).toHaveLength(1);
  });

  it('take over one of the same name that was applied by hand', () => {
    const triggers = world();
    triggers.events(applied(cron('0 3 * * *')));
    expect(triggers.events(declared(cron('0 3 * * *')))).toMatchObject([{ type: 'TriggerApplied', declared: true }]);
    expect(triggers.events(declared()).map(({ type }) => type)).toEqual(['TriggerRemoved']);
  });

  it('are refused one by one where they cannot be, the others stand', () => {
    const triggers = world();
    const events = triggers.events(declared(cron('nonsense'), interval(60_000), interval(60_000, { catchup: 'all' })));
    expect(events.map(({ type, trigger, problem }) => [type, trigger, (problem as { detail: string } | undefined)?.detail])).toEqual([
      ['TriggerRefused', 'recommend/cron', expect.stringContaining("'nonsense' is no cron expression")],
      ['TriggerApplied', 'recommend/interval', undefined],
      ['TriggerScheduled', 'recommend/interval', undefined],
      ['TriggerRefused', 'recommend/interval', "two triggers are called 'interval'"],
    ]);
  });

  it('a shorter declaration ends a longer one that is not through yet', () => {
    const triggers = world();
    const all = Array.from({ length: 150 }, (_, i) => interval(60_000, { name: `i${i}` }));
    const rest = (triggers.tell(declared(...all)) as Decision).timers!.at(-1)!;
    expect(rest).toMatchObject({ id: 'declare/shop/recommend', at: triggers.now, message: { type: 'DeclaringContinued', from: 100 } });
    expect((triggers.tell(declared(all[0]!)) as Decision).timers!.at(-1)).toEqual({ id: 'declare/shop/recommend' });
    expect(triggers.state.trigger.size).toBe(1);
  });
});

describe('triggers by command', () => {
  it('TR-01 answers the command', () => {
    const triggers = world();
    const events = triggers.events(applied(cron('0 3 * * *'), 'c1'));
    expect(events[0]).toMatchObject({ type: 'TriggerApplied', command: 'c1', ...TRIGGER, trigger: 'recommend/cron', declared: false });
    expect(addressesOf(events[0]!)).toEqual([{ service: 'gateway', key: 'shop' }]);
    for (const name of ['cron', 'recommend/cron']) {
      expect(triggers.decide(removal(name, 'c2'))).toEqual({ events: [{ type: 'TriggerRemoved', command: 'c2', ...TRIGGER, trigger: 'recommend/cron' }], effects: [], timers: [{ id: 'fire/shop/recommend/cron' }] });
    }
  });

  it('leaves declared ones to their workflow', () => {
    const triggers = world();
    triggers.events(declared(cron('0 3 * * *')));
    expect(triggers.events(applied(cron('0 4 * * *')))).toMatchObject([{ type: 'TriggerRefused', problem: { code: 'TriggerDeclared', status: 409 } }]);
    expect(triggers.events(removal('cron'))).toMatchObject([{ type: 'TriggerRefused', problem: { code: 'TriggerDeclared', status: 409 } }]);
    expect(triggers.events(removal('other'))).toMatchObject([{ type: 'TriggerRefused', problem: { code: 'TriggerUnknown', status: 404 } }]);
  });

  it.each<[string, Partial<TriggerDefinition> | null, string]>([
    ['a bad cron expression', cron('61 * * * *'), "'61 * * * *' is no cron expression: Invalid value for minute: 61"],
    ['an unknown zone', cron('0 3 * * *', { timezone: 'Europe/Bern' }), "'Europe/Bern' is no time zone; write an IANA name such as 'Europe/Berlin'"],
    ['an interval below a second', interval(10), 'every is 10; it must be whole milliseconds, from 1 second to 10 years'],
    ['no interval', { name: 'x', kind: 'interval', params: {} }, 'every is undefined; it must be whole milliseconds, from 1 second to 10 years'],
    ['a path out of the inbox', file('../secrets*'), "'../secrets*' is no file name; name files of the inbox only, without folders; * and ? are wild"],
    ['a bad glob', file('a[0-9]'), "'a[0-9]' uses brackets; only * and ? are wild"],
    ['a bad range', model('newest'), "'newest' is no version range; write an npm range such as '^1.0.0'"],
    ['a bad model', model('*', { model: 'classifier' }), "'classifier' is no model; write workspace/name"],
    ['a bad catchup', cron('0 3 * * *', { catchup: 'some' as never }), "'some' is no catchup; write skip, latest or all"],
    ['no kind', { name: 'x', params: {} }, "'undefined' is no kind of trigger; write cron, interval, file or model"],
    ['a bad name', cron('0 3 * * *', { name: 'a/b' }), "'a/b' is no name of a trigger; use lower-case letters, digits, '-', '_' and '.'"],
    ['no params', { name: 'x', kind: 'cron' }, 'params must be an object of parameters'],
    ['nothing', null, 'a trigger is an object with a kind'],
  ])('refuses %s', (_, definition, detail) => {
    const triggers = world();
    const before = triggers.hash();
    const [event, ...rest] = triggers.events(applied(definition as TriggerDefinition));
    expect(event).toMatchObject({ type: 'TriggerRefused', command: 'c', problem: { code: 'TriggerInvalid', status: 422, detail } });
    messages.get('TriggerRefused')!.schema.parse(event);
    expect([rest, triggers.hash()]).toEqual([[], before]);
  });
});
