import type { TriggerDefinition } from '@novacron/contracts';

const MINUTE = 60_000;
/** Nominal times that `all` fires at once. */
const MOST = 100;
/** So little late is on time. */
const ON_TIME = MINUTE;
/** Minutes that are tried for the next time of a cron expression: a month of 31 days. */
const FAR = 31 * 24 * 60;

type Timed = Pick<TriggerDefinition, 'kind' | 'cron' | 'timezone' | 'every' | 'catchup'>;

/** The first nominal time behind `after`; undefined where this knows too little (zones other than UTC, seconds, months away). */
export function nextNominal(definition: Timed, anchor: number, after: number): number | undefined {
  if (definition.kind === 'interval') return anchor + (Math.floor((after - anchor) / definition.every!) + 1) * definition.every!;
  const matches = matcher(definition);
  if (!matches) return undefined;
  const first = Math.floor(after / MINUTE) + 1;
  for (let minute = first; minute < first + FAR; minute++) if (matches(new Date(minute * MINUTE))) return minute * MINUTE;
  return undefined;
}

/**
 * What must be said for a schedule that was due at `nominal` and is decided at `now`, as `fire <time>` and `skip <span>`: `latest` fires the newest
 * nominal time, `all` the newest 100, `skip` the newest if it is at most a minute late; the others are skipped in one span (services/triggers/README.md).
 */
export function expectedAt(definition: Timed, anchor: number, nominal: number, now: number): string[] | undefined {
  const newest = newestFirst(definition, anchor, nominal, now);
  if (!newest) return undefined;
  const policy = definition.catchup ?? 'latest';
  const fires = policy === 'all' ? MOST : policy === 'latest' || now - newest[0]! <= ON_TIME ? 1 : 0;
  const fire = newest.slice(0, fires).reverse();
  const lastSkipped = newest[fires];
  const skip = lastSkipped === undefined ? [] : [`skip ${span(nominal, lastSkipped)}`];
  return [...skip, ...fire.map((time) => `fire ${iso(time)}`)];
}

/** The newest nominal times from `nominal` to `now`, one more than may fire. */
function newestFirst(definition: Timed, anchor: number, nominal: number, now: number): number[] | undefined {
  const times: number[] = [];
  if (definition.kind === 'interval') {
    const every = definition.every!;
    for (let time = anchor + Math.floor((now - anchor) / every) * every; time >= nominal && times.length <= MOST; time -= every) times.push(time);
    return times;
  }
  const matches = matcher(definition);
  if (!matches) return undefined;
  for (let time = Math.floor(now / MINUTE) * MINUTE; time >= nominal && times.length <= MOST; time -= MINUTE) if (matches(new Date(time))) times.push(time);
  return times;
}

const matchers = new Map<string, ((time: Date) => boolean) | undefined>();

function matcher({ cron = '', timezone = 'UTC' }: Timed): ((time: Date) => boolean) | undefined {
  const id = `${timezone} ${cron}`;
  if (!matchers.has(id)) matchers.set(id, timezone === 'UTC' ? matcherOf(cron) : undefined);
  return matchers.get(id);
}

function matcherOf(cron: string): ((time: Date) => boolean) | undefined {
  const fields = cron.split(' ');
  if (fields.length !== 5 || fields[2] !== '*' || fields[3] !== '*') return undefined;
  const [minute, hour, weekday] = [valuesOf(fields[0]!, 59), valuesOf(fields[1]!, 23), valuesOf(fields[4]!, 6)];
  return (time) => minute.has(time.getUTCMinutes()) && hour.has(time.getUTCHours()) && weekday.has(time.getUTCDay());
}

/** `*`, `*` with a step, numbers, ranges and lists of them. */
function valuesOf(field: string, most: number): Set<number> {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [from, to] = range === '*' ? [0, most] : range.includes('-') ? range.split('-').map(Number) : [Number(range), Number(range)];
    for (let value = from!; value <= to!; value += Number(step)) values.add(value);
  }
  return values;
}

const iso = (time: number): string => new Date(time).toISOString();
const span = (from: number, to: number): string => (from === to ? iso(from) : `${iso(from)}/${iso(to)}`);
