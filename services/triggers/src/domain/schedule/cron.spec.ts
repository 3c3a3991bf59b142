import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { cronFault, lastCrons, nextCron } from './cron.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Zones whose clocks change, on both halves of the globe, by an hour and by half an hour, at midnight and at two, and one below zero. */
const CHANGING = [
  'Europe/Berlin', 'Europe/London', 'Europe/Dublin', 'Europe/Lisbon', 'Europe/Athens', 'Europe/Chisinau', 'Africa/Cairo', 'Africa/Casablanca', 'Asia/Beirut', 'Asia/Jerusalem',
  'America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles', 'America/Anchorage', 'America/Halifax', 'America/St_Johns', 'America/Havana', 'America/Santiago',
  'America/Nuuk', 'Atlantic/Azores', 'Australia/Sydney', 'Australia/Adelaide', 'Australia/Lord_Howe', 'Pacific/Auckland', 'Pacific/Chatham', 'Antarctica/Troll', 'Pacific/Easter',
];
const STEADY = ['UTC', 'Asia/Kolkata', 'Asia/Kathmandu', 'America/Phoenix', 'Pacific/Kiritimati'];

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock on the wall of that zone shows, as if it were UTC. The reference: nothing but Intl. */
function wall(zone: string, at: number): number {
  let format = formats.get(zone);
  if (!format) formats.set(zone, (format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' })));
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part['year']!, part['month']! - 1, part['day']!, part['hour']!, part['minute']!);
}
const offset = (zone: string, at: number): number => wall(zone, at) - at;

interface Transition {
  readonly zone: string;
  readonly at: number;
  /** How far the clocks jump: below zero, an hour repeats. */
  readonly jump: number;
}

function transitionsOf(zone: string): Transition[] {
  const found: Transition[] = [];
  const end = Date.UTC(2028, 0, 1);
  for (let day = Date.UTC(2025, 0, 1); day < end; day += DAY) {
    const jump = offset(zone, day + DAY) - offset(zone, day);
    if (jump === 0) continue;
    let [low, high] = [day, day + DAY];
    while (high - low > MINUTE) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE) * MINUTE;
      if (offset(zone, middle) === offset(zone, low)) low = middle;
      else high = middle;
    }
    found.push({ zone, at: high, jump });
  }
  return found;
}

const transitions = CHANGING.flatMap(transitionsOf);
const named = transitions.map((each) => [`${each.zone} ${new Date(each.at).toISOString()} by ${each.jump / MINUTE} min`, each] as const);

/** The minute of the day at this wall time, as a daily cron expression. */
const dailyAt = (time: number): string => `${new Date(time).getUTCMinutes()} ${new Date(time).getUTCHours()} * * *`;
const iso = (times: readonly number[]): string[] => times.map((time) => new Date(time).toISOString());

function between(cron: string, timezone: string, from: number, to: number): number[] {
  const times: number[] = [];
  for (let at = nextCron({ cron, timezone }, from); at !== undefined && at < to; at = nextCron({ cron, timezone }, at)) times.push(at);
  return times;
}

/** Every fifth minute whose wall time passes the test; all offsets are multiples of 15 minutes. */
function minutes(zone: string, from: number, to: number, passes: (time: Date) => boolean): number[] {
  const found: number[] = [];
  for (let at = from + 5 * MINUTE; at < to; at += 5 * MINUTE) if (passes(new Date(wall(zone, at)))) found.push(at);
  return found;
}

describe('TR-04 time zones', () => {
  test('the table holds what it should', () => {
    expect(CHANGING.length).toBeGreaterThanOrEqual(20);
    expect(transitions.length).toBeGreaterThanOrEqual(CHANGING.length * 5);
    for (const zone of STEADY) expect(transitionsOf(zone)).toEqual([]);
  });

  test.each(named)('T3 %s: a daily time that is skipped or repeated fires once', (_, { zone, at, jump }) => {
    const [from, to] = [at - 30 * HOUR, at + 30 * HOUR];
    // In the middle of what is skipped (wall time that never is) or repeated (wall time that is twice).
    const middle = jump > 0 ? at + offset(zone, at - MINUTE) + jump / 2 : at + offset(zone, at) - jump / 2;
    const cron = dailyAt(middle);
    const expected = minutes(zone, from, to, (time) => time.getUTCHours() * 60 + time.getUTCMinutes() === new Date(middle).getUTCHours() * 60 + new Date(middle).getUTCMinutes());
    const once = jump > 0 ? [...expected, at].sort((a, b) => a - b) : expected.filter((time) => time !== middle - offset(zone, at));
    expect(iso(between(cron, zone, from, to))).toEqual(iso(once));
  });

  test.each(named)('T3 %s: what runs every so often follows the elapsed time', (_, { zone, at }) => {
    const [from, to] = [at - 2 * HOUR, at + 2 * HOUR];
    expect(iso(between('*/10 * * * *', zone, from, to))).toEqual(iso(minutes(zone, from, to, (time) => time.getUTCMinutes() % 10 === 0)));
    expect(iso(between('30 * * * *', zone, from, to))).toEqual(iso(minutes(zone, from, to, (time) => time.getUTCMinutes() === 30)));
  });

  test.each([...CHANGING, ...STEADY])('%s: a daily time is at that time on the wall, a year long', (zone) => {
    const fired = between('15 12 * * 1-5', zone, Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1));
    expect(fired.length).toBeGreaterThan(259);
    const shown = fired.map((at) => new Date(wall(zone, at)));
    expect([...new Set(shown.map((time) => time.toISOString().slice(11)))]).toEqual(['12:15:00.000Z']);
    expect(shown.filter((time) => time.getUTCDay() % 6 === 0)).toEqual([]);
  });

  it('T3 fires a list of times once a day too', () => {
    expect(iso(between('15,45 1 * * *', 'America/New_York', Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 2)))).toEqual(['2026-11-01T05:15:00.000Z', '2026-11-01T05:45:00.000Z']);
    expect(iso(between('15,45 2 * * *', 'America/New_York', Date.UTC(2026, 2, 8), Date.UTC(2026, 2, 9)))).toEqual(['2026-03-08T07:00:00.000Z']);
  });
});

describe('nominal times', () => {
  const expression = fc.constantFrom('* * * * *', '*/7 * * * *', '30 2 * * *', '0 0 1 * *', '15,45 1,2 * * *', '0 9-17 * * 1-5', '*/20 * * * * *', '@daily');
  const zone = fc.constantFrom(...CHANGING, ...STEADY);
  const time = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2027, 11, 1) });

  it('T1 the newest times up to a moment are those that going forward finds', () => {
    fc.assert(fc.property(expression, zone, time, fc.integer({ min: 1, max: 20 }), (cron, timezone, until, count) => {
      const last = lastCrons({ cron, timezone }, count, until);
      expect(last).toHaveLength(count);
      expect(iso(between(cron, timezone, last[0]! - 1, until + 1))).toEqual(iso(last));
    }), { numRuns: 100 });
  });

  it('T3 those around a change of clocks too', () => {
    for (const { zone: timezone, at } of transitions.filter((_, i) => i % 3 === 0)) {
      for (const cron of ['*/15 * * * *', '30 * * * *', dailyAt(at + offset(timezone, at)), '30 1 * * *', '30 2 * * *']) {
        const until = at + 90 * MINUTE;
        const last = lastCrons({ cron, timezone }, 6, until);
        expect([cron, timezone, iso(between(cron, timezone, last[0]! - 1, until + 1))]).toEqual([cron, timezone, iso(last)]);
      }
    }
  });

  it('T2 the next time is always later', () => {
    fc.assert(fc.property(expression, zone, time, (cron, timezone, after) => expect(nextCron({ cron, timezone }, after)!).toBeGreaterThan(after)), { numRuns: 100 });
  });
});

describe('TR-01 what is no schedule', () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    ['every day', 'UTC', "'every day' is no cron expression: invalid configuration format ('every day'), exactly five, six, or seven space separated parts are required."],
    ['60 * * * *', 'UTC', "'60 * * * *' is no cron expression: Invalid value for minute: 60"],
    ['0 3 * * *', 'Mars/Olympus', "'Mars/Olympus' is no time zone; write an IANA name such as 'Europe/Berlin'"],
    ['0 0 30 2 *', 'UTC', "'0 0 30 2 *' never fires: no such date is to come"],
    ['2026-05-01T00:00:00', 'UTC', "'2026-05-01T00:00:00' is no cron expression; write minute hour day month weekday, e.g. '0 3 * * *'"],
    [undefined as never, 'UTC', "'undefined' is no cron expression; write minute hour day month weekday, e.g. '0 3 * * *'"],
  ])('%s in %s', (cron, timezone, fault) => expect(cronFault({ cron, timezone }, now)).toBe(fault));

  it('accepts the traditional syntax', () => {
    for (const cron of ['0 3 * * *', '*/5 * * * *', '0 9-17/2 * * 1-5', '0 0 1,15 * MON', '@hourly', '0 0 L * *', '*/10 * * * * *']) expect(cronFault({ cron, timezone: 'Europe/Berlin' }, now)).toBeUndefined();
  });
});
