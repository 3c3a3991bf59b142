import { Cron } from 'croner';

const MAX_PATTERN = 200;

export interface CronSpec {
  readonly cron: string;
  /** IANA zone. */
  readonly timezone: string;
}

/**
 * Nominal times of a cron expression in a zone. A time of day that is named in full (numbers, lists) fires once a day: at the end of the gap where the
 * clocks skip it, and at the first of the two where they repeat it. Times with `*` or steps follow the elapsed time: not in the gap, twice in the repeat
 * (the rule of Vixie cron 4.1; TR-04).
 */
const compiled = ({ cron, timezone }: CronSpec): Cron => new Cron(cron, { timezone, paused: true, fixedTimeRule: 'no-wildcard' });

/** The next nominal time behind `after`, ms since the epoch; undefined if there is none. */
export function nextCron(spec: CronSpec, after: number): number | undefined {
  return compiled(spec).nextRun(new Date(after))?.getTime();
}

/** The newest `count` nominal times up to and with `until`, in order. */
export function lastCrons(spec: CronSpec, count: number, until: number): number[] {
  // croner leaves the reference itself out.
  return compiled(spec).previousRuns(count, new Date(until + 1)).map((date) => date.getTime()).reverse();
}

/** Why the expression or the zone cannot be followed, or undefined. */
export function cronFault({ cron, timezone }: CronSpec, now: number): string | undefined {
  const shown = String(cron).slice(0, 60);
  // croner also takes a date for "once"; that is no schedule here.
  if (typeof cron !== 'string' || cron.length > MAX_PATTERN || cron.includes(':')) return `'${shown}' is no cron expression; write minute hour day month weekday, e.g. '0 3 * * *'`;
  if (!isZone(timezone)) return `'${String(timezone).slice(0, 40)}' is no time zone; write an IANA name such as 'Europe/Berlin'`;
  try {
    return nextCron({ cron, timezone }, now) === undefined ? `'${shown}' never fires: no such date is to come` : undefined;
  } catch (error) {
    return `'${shown}' is no cron expression: ${(error as Error).message.replace(/^Cron\w*: /, '')}`;
  }
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return typeof zone === 'string';
  } catch {
    return false;
  }
}
