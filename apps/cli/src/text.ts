import pc from 'picocolors';
import type { Json } from '@novacron/kernel';

/** 350 ms, 4.2 s, 3 min, 5 h, 2 d: the largest unit that keeps the number readable. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 7_200_000) return `${Math.floor(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.floor(ms / 3_600_000)} h` : `${Math.floor(ms / 86_400_000)} d`;
}

export const ago = (at: number | null | undefined, now: number): string => (typeof at === 'number' ? `${span(Math.max(0, now - at))} ago` : '-');
export const instant = (at: number | null | undefined): string | undefined => (typeof at === 'number' ? new Date(at).toISOString() : undefined);

/** A JSON value on one line: texts without quotes. */
export const inline = (value: Json | undefined): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '-'));

const COLOURS: Readonly<Record<string, 'green' | 'red' | 'cyan' | 'yellow' | 'dim'>> = {
  succeeded: 'green', delivered: 'green', ready: 'green', running: 'cyan', placed: 'cyan', failed: 'red', 'timed out': 'red', lost: 'red', abandoned: 'red',
  cancelled: 'yellow', retrying: 'yellow', delayed: 'yellow', draining: 'yellow', waiting: 'yellow', skipped: 'dim', pending: 'dim', queued: 'dim',
};

/** A status in its colour, where colours are wanted. */
export function status(name: string, colour: boolean): string {
  const of = COLOURS[name];
  return of ? pc.createColors(colour)[of](name) : name;
}
