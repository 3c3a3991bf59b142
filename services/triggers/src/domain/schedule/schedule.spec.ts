import { describe, expect, it } from '@jest/globals';
import type { TriggerDefinition } from '@novacron/contracts';
import type { Decision, Message } from '@novacron/kernel';
import { cron, declared, due, interval, world } from '../trigger/examples.ts';
import { dueTimes, nextTime } from './schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A Wednesday. */
const START = Date.UTC(2026, 3, 1, 11, 0, 30);
const POLICIES = ['skip', 'latest', 'all'] as const;
const iso = (at: number): string => new Date(at).toISOString();

/** Fifty schedules whose nominal times can be counted without cron: every so many minutes since midnight, or so many times a day. */
const SCHEDULES: readonly (readonly [TriggerDefinition, (at: number) => boolean])[] = [
  ...Array.from({ length: 20 }, (_, i) => [interval((i + 1) * 7 * MINUTE), (at: number) => at > START && (at - START) % ((i + 1) * 7 * MINUTE) === 0] as const),
  ...Array.from({ length: 24 }, (_, hour) => [cron(`15 ${hour} * * *`), (at: number) => at % (24 * HOUR) === hour * HOUR + 15 * MINUTE] as const),
  ...[1, 5, 10, 15, 20, 30].map((every) => [cron(`*/${every} * * * *`), (at: number) => at % (every * MINUTE) === 0] as const),
];

function occasions(schedule: (at: number) => boolean, from: number, to: number): number[] {
  const found: number[] = [];
  for (let at = Math.floor(from / 1_000) * 1_000; at <= to; at += 30_000) if (at > from && schedule(at)) found.push(at);
  return found;
}

/** Declares the trigger, lets nothing happen for 26 hours, and then decides its timer until none is due. */
function afterOutage(definition: TriggerDefinition, hours: number): { said: Message[]; next: number } {
  const triggers = world();
  let timer = (triggers.tell(declared(definition), { now: START }) as Decision).timers!.find(({ at }) => at !== undefined)!;
  const now = START + hours * HOUR;
  const said: Message[] = [];
  while (timer.at! <= now) {
    const { events, timers } = triggers.tell(timer.message!, { now }) as Decision;
    expect(triggers.decide(timer.message!, { now })).toEqual({ events: [] });
    said.push(...events);
    timer = timers!.at(-1)!;
  }
  expect(triggers.hash()).toBe(triggers.refolded());
  return { said: said.filter(({ type }) => type !== 'TriggerScheduled'), next: timer.at! };
}

describe('T1 down for 26 hours', () => {
  describe.each(POLICIES)('catchup: %s', (catchup) => {
    it.each(SCHEDULES.map(([definition, schedule]) => [definition.cron ?? `every ${definition.every! / MINUTE} min`, definition, schedule] as const))('%s', (_, definition, schedule) => {
      const now = START + 26 * HOUR;
      const all = occasions(schedule, START, now);
      const { said, next } = afterOutage({ ...definition, catchup }, 26);
      const onTime = now - all.at(-1)! <= MINUTE;
      const fire = catchup === 'all' ? all.slice(-100) : catchup === 'latest' || onTime ? all.slice(-1) : [];
      expect(said.filter(({ type }) => type === 'TriggerFired').map((e) => e['occasion'])).toEqual(fire.map(iso));
      const passed = all.slice(0, all.length - fire.length);
      const span = passed.length === 1 ? iso(passed[0]!) : `${iso(passed[0] ?? 0)}/${iso(passed.at(-1) ?? 0)}`;
      expect(said.filter(({ type }) => type === 'TriggerSkipped').map((e) => e['occasion'])).toEqual(passed.length === 0 ? [] : [span]);
      expect(next).toBe(occasions(schedule, now, now + 48 * HOUR)[0]);
    });
  });
});

describe('cron and interval triggers', () => {
  it('TR-01 fires at its nominal time with that time in its parameters, and marks what was caught up', () => {
    const triggers = world();
    const daily = cron('0 3 * * *', { timezone: 'Europe/Berlin', params: { day: '${{ trigger.time }}' } });
    const nominal = Date.UTC(2026, 3, 2, 1);
    expect((triggers.tell(declared(daily), { now: START }) as Decision).timers![0]).toEqual({ id: 'fire/shop/recommend/cron', at: nominal, message: due('cron', nominal) });
    const { events, timers } = triggers.tell(due('cron', nominal), { now: nominal + 12 }) as Decision;
    expect(events[0]).toEqual({
      type: 'TriggerFired', workspace: 'shop', workflow: 'recommend', trigger: 'recommend/cron', occasion: '2026-04-02T01:00:00.000Z', kind: 'cron',
      params: { day: '2026-04-02T01:00:00.000Z' }, detail: { time: '2026-04-02T01:00:00.000Z' },
    });
    expect(timers).toEqual([{ id: 'fire/shop/recommend/cron', at: nominal + 24 * HOUR, message: due('cron', nominal + 24 * HOUR) }]);
    expect(triggers.events(due('cron', nominal), { now: nominal + 20 })).toEqual([]);
    expect(triggers.events(due('cron', nominal + 24 * HOUR), { now: nominal + 25 * HOUR })).toMatchObject([{ type: 'TriggerFired', detail: { time: '2026-04-03T01:00:00.000Z', caughtUp: true } }, { type: 'TriggerScheduled' }]);
  });

  it('TR-02 counts intervals from the making of the trigger, and goes on counting when only parameters change', () => {
    const triggers = world();
    const first = (triggers.tell(declared(interval(10 * MINUTE)), { now: START }) as Decision).timers![0]!;
    expect(first.at).toBe(START + 10 * MINUTE);
    const changed = triggers.tell(declared(interval(10 * MINUTE, { params: { a: 1 } })), { now: START + 4 * MINUTE }) as Decision;
    expect([changed.events.map(({ type }) => type), changed.timers]).toEqual([['TriggerApplied'], [{ id: 'declare/shop/recommend' }]]);
    expect(triggers.events(first.message!, { now: first.at! })).toMatchObject([{ type: 'TriggerFired', params: { a: 1 } }, { type: 'TriggerScheduled', at: START + 20 * MINUTE }]);
    const other = triggers.tell(declared(interval(15 * MINUTE)), { now: START + 21 * MINUTE }) as Decision;
    expect(other.timers!.map(({ id, at }) => [id, at])).toEqual([['fire/shop/recommend/interval', undefined], ['fire/shop/recommend/interval', START + 36 * MINUTE], ['declare/shop/recommend', undefined]]);
  });

  it('removes its timer with the trigger', () => {
    const triggers = world();
    triggers.tell(declared(interval(MINUTE)), { now: START });
    expect((triggers.tell(declared()) as Decision).timers).toEqual([{ id: 'fire/shop/recommend/interval' }, { id: 'declare/shop/recommend' }]);
    expect(triggers.events(due('interval', START + MINUTE), { now: START + MINUTE })).toEqual([]);
  });

  it('T1 cuts a long catch-up into commits without losing or doubling any', () => {
    const { said } = afterOutage(interval(MINUTE, { catchup: 'all', params: { filler: 'x'.repeat(10_000) } }), 26);
    const fired = said.filter(({ type }) => type === 'TriggerFired').map((e) => e['occasion'] as string);
    expect([fired.length, new Set(fired).size]).toEqual([100, 100]);
  });

  it('costs the same after a year as after an hour', () => {
    const definition = interval(1_000, { catchup: 'all' });
    const due = dueTimes(definition, START, START + 365 * 24 * HOUR);
    expect([due.fire.length, due.fire.at(-1), due.skipped]).toEqual([100, START + 365 * 24 * HOUR, expect.objectContaining({ from: START, to: START + 365 * 24 * HOUR - 100_000 })]);
    expect(nextTime(definition, START, START + 365 * 24 * HOUR)).toBe(START + 365 * 24 * HOUR + 1_000);
    const everySecond = dueTimes(cron('* * * * * *', { catchup: 'latest' }), Date.UTC(2025, 0, 1), Date.UTC(2026, 0, 1));
    expect(everySecond.fire).toEqual([Date.UTC(2026, 0, 1)]);
  });
});
