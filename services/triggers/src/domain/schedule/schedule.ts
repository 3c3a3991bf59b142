import type { TriggerDefinition } from '@novacron/contracts';
import { lastCrons, nextCron, type CronSpec } from './cron.ts';

/** Nominal times that catch-up may fire at once. */
export const MAX_CATCH_UP = 100;
/** A nominal time that is so little late still counts as on time: a failover in between is no outage. */
export const ON_TIME_MS = 60_000;

type Timed = Pick<TriggerDefinition, 'kind' | 'cron' | 'timezone' | 'every' | 'catchup'>;

export const isTimed = ({ kind }: Timed): boolean => kind === 'cron' || kind === 'interval';

export const cronOf = ({ cron = '', timezone = 'UTC' }: Timed): CronSpec => ({ cron, timezone });

/** The first nominal time behind `after`. Intervals count from `anchor`, the time of the last nominal time or of the trigger's making. */
export function nextTime(definition: Timed, anchor: number, after: number): number | undefined {
  if (definition.kind === 'cron') return nextCron(cronOf(definition), after);
  const every = definition.every!;
  return anchor + (Math.floor((after - anchor) / every) + 1) * every;
}

export interface Due {
  /** Nominal times to fire for, in order. */
  readonly fire: readonly number[];
  /** First and last nominal time that passes without firing. */
  readonly skipped?: { readonly from: number; readonly to: number; readonly reason: string };
}

/** What happens with the nominal times from `nominal` up to now, by the trigger's policy (T1). */
export function dueTimes(definition: Timed, nominal: number, now: number): Due {
  // One more than may fire, so that "there were more" is known without counting a whole outage.
  const passed = passedTimes(definition, nominal, now, MAX_CATCH_UP + 1);
  const policy = definition.catchup ?? 'latest';
  const newest = passed.at(-1)!;
  const count = policy === 'all' ? MAX_CATCH_UP : policy === 'skip' && now - newest > ON_TIME_MS ? 0 : 1;
  const fire = count === 0 ? [] : passed.slice(-count);
  const first = fire[0];
  if (first === nominal) return { fire };
  const to = first === undefined ? newest : (passed.findLast((time) => time < first) ?? nominal);
  return { fire, skipped: { from: nominal, to, reason: REASONS[policy] } };
}

const REASONS = {
  skip: 'catchup: skip; these nominal times passed while nothing could fire',
  latest: 'catchup: latest; these nominal times passed while nothing could fire, and a later one fires',
  all: `catchup: all; more than ${MAX_CATCH_UP} nominal times passed while nothing could fire, and the newest ${MAX_CATCH_UP} fire`,
};

/** The newest nominal times from `nominal` to now; at least `nominal`, whatever a newer time zone table says of it. */
function passedTimes(definition: Timed, nominal: number, now: number, count: number): readonly number[] {
  const times = definition.kind === 'cron' ? lastCrons(cronOf(definition), count, now).filter((time) => time >= nominal) : lastIntervals(definition.every!, nominal, now, count);
  return times.length === 0 ? [nominal] : times;
}

function lastIntervals(every: number, nominal: number, now: number, count: number): number[] {
  const last = Math.max(0, Math.floor((now - nominal) / every));
  const length = Math.min(count, last + 1);
  return Array.from({ length }, (_, i) => nominal + (last - length + 1 + i) * every);
}
