import { Cron } from 'croner';
import { instantOf, offsetAt } from './zone.ts';

const MAX_PATTERN = 200;

export interface CronSpec {
  readonly cron: string;
  /** IANA zone. */
  readonly timezone: string;
}

/** Seconds, minutes and hours that are named one by one. */
const NAMED = /^[\d,-]+$/;
/** More than clocks are ever set back. */
const LONGEST_REPEAT = 4 * 3_600_000;

/**
 * Nominal times of a cron expression in a zone. A time of day that is named in full (numbers, lists, ranges) fires once a day: at the end of the gap where
 * the clocks skip it, and at the first of the two where they repeat it. Times with `*` or steps follow the elapsed time: not in the gap, twice in the
 * repeat (the rule of Vixie cron 4.1; TR-04). The first kind is looked up on the wall clock here, because croner loses a gap that ends at midnight.
 */
class Times {
  private readonly cron: Cron;
  private readonly zone: string;
  private readonly named: boolean;

  constructor({ cron, timezone }: CronSpec) {
    const fields = new Cron(cron, { paused: true }).getPattern()!.trim().split(/\s+/);
    this.named = fields.slice(0, fields.length === 5 ? 2 : 3).every((field) => NAMED.test(field));
    this.cron = new Cron(cron, { timezone: this.named ? 'UTC' : timezone, paused: true });
    this.zone = timezone;
  }

  next(after: number): number | undefined {
    if (!this.named) return this.cron.nextRun(new Date(after))?.getTime();
    let wall: number | undefined = after + offsetAt(this.zone, after);
    while ((wall = this.cron.nextRun(new Date(wall))?.getTime()) !== undefined) {
      const at = instantOf(this.zone, wall);
      if (at > after) return at;
    }
    return undefined;
  }

  last(count: number, until: number): number[] {
    // croner leaves the reference itself out.
    if (!this.named) return this.cron.previousRuns(count, new Date(until + 1)).map((date) => date.getTime()).reverse();
    const offset = offsetAt(this.zone, until);
    const repeat = Math.max(0, offsetAt(this.zone, until - LONGEST_REPEAT) - offset);
    const times: number[] = [];
    let walls: number[];
    let wall = until + offset + repeat + 1;
    do {
      walls = this.cron.previousRuns(count, new Date(wall)).map((date) => date.getTime());
      for (wall of walls) {
        const at = instantOf(this.zone, wall);
        if (at <= until && at !== times.at(-1)) times.push(at);
      }
    } while (times.length < count && walls.length === count);
    return times.slice(0, count).reverse();
  }
}

const compiled = new Map<string, Times>();

/** Compiling costs as much as several steps; an expression that cannot be compiled throws. */
function timesOf(spec: CronSpec): Times {
  const id = `${spec.timezone} ${spec.cron}`;
  let times = compiled.get(id);
  if (!times) {
    times = new Times(spec);
    if (compiled.size >= 1_000) compiled.clear();
    compiled.set(id, times);
  }
  return times;
}

/** The next nominal time behind `after`, ms since the epoch; undefined if there is none. */
export function nextCron(spec: CronSpec, after: number): number | undefined {
  return timesOf(spec).next(after);
}

/** The newest `count` nominal times up to and with `until`, in order. */
export function lastCrons(spec: CronSpec, count: number, until: number): number[] {
  return timesOf(spec).last(count, until);
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
