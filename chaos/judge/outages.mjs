import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const READY = /^(\S+ \S+) UTC \[\d+\] LOG: {2}database system is ready to accept connections$/gm;

/** When PostgreSQL was there (again), by its own log: ms since the epoch. Each outage, of whatever cause, ends with such a moment. */
export function returnsOf(dataDir) {
  return [...readFileSync(join(dataDir, 'postgres.log'), 'utf8').matchAll(READY)].map(([, at]) => Date.parse(`${at.replace(' ', 'T')}Z`));
}

/** Take-overs in two: those with the log there all the while, and those that an outage of the log fell into, which had to wait for its return. */
export function byOutage(taken, returns) {
  const [takeOver, outage] = [[], []];
  for (const each of taken) (returns.some((at) => at > each.at && at <= each.at + each.ms) ? outage : takeOver).push(each);
  return { takeOver, outage };
}
