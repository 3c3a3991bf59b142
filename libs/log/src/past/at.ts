import { decodePosition, type Position } from '@novacron/kernel';

/** A moment of the log: the smallest cut that holds these commits, or the smallest that holds every commit up to a time (ms since the epoch). */
export type At = { readonly positions: readonly Position[] } | { readonly time: number };

/** What `parseAt` takes, for those who gave something else. */
export const AT_FORMS = 'a position such as Novacron-Position gives (several joined by commas), or a time with its zone such as 2026-03-01T10:00Z';

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;
const MILLISECONDS = /^\d{11,14}$/;
/** More than all partitions of all topics at the largest count. */
const MOST_POSITIONS = 10_000;

/** Reads a moment; undefined where the text is none of `AT_FORMS`. A day alone is its first moment in UTC. */
export function parseAt(text: string): At | undefined {
  // A plus sign that nobody encoded comes as a space.
  const moment = text.trim().replace(' ', '+');
  if (MILLISECONDS.test(moment)) return { time: Number(moment) };
  if (TIME.test(moment)) return Number.isNaN(Date.parse(moment)) ? undefined : { time: Date.parse(moment) };
  const positions = moment.split(',').map(decodePosition);
  return positions.length <= MOST_POSITIONS && positions.every((position) => position !== undefined) ? { positions } : undefined;
}
