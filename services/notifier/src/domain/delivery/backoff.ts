import { sha256 } from '@novacron/kernel';

const INITIAL_MS = 5_000;
const FACTOR = 3;
const MAX_MS = 4 * 3_600_000;
export const MOST_TRIES = 12;
export const LIFE_MS = 24 * 3_600_000;

/**
 * Delay after the n-th try in vain: 5 s, 15 s, 45 s, … up to 4 h, of which a half to the whole (equal jitter; AWS Architecture Blog,
 * Exponential Backoff And Jitter). The jitter comes from the delivery's id, so that a replay says the same.
 */
export function delayAfter(delivery: string, tries: number): number {
  const whole = Math.min(MAX_MS, INITIAL_MS * FACTOR ** (tries - 1));
  const fraction = Number.parseInt(sha256(`${delivery}/${tries}`).slice(0, 8), 16) / 2 ** 32;
  return Math.round(whole * (0.5 + fraction / 2));
}
