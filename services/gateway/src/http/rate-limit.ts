import type { Clock } from '@novacron/kernel';

/** Who was seen at most; beyond that the longest unseen is forgotten. */
const MAX_BUCKETS = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets by name: `rate` a second on average, bursts of twice that. */
export class RateLimit {
  private readonly buckets = new Map<string, Bucket>();
  private readonly rate: number;
  private readonly clock: Clock;

  constructor(rate: number, clock: Clock) {
    this.rate = rate;
    this.clock = clock;
  }

  /** Takes one token; 0 when there was one, else the seconds until there is. */
  take(name: string): number {
    const now = this.clock.monotonic();
    const bucket = this.buckets.get(name) ?? { tokens: 2 * this.rate, at: now };
    bucket.tokens = Math.min(2 * this.rate, bucket.tokens + ((now - bucket.at) / 1_000) * this.rate);
    bucket.at = now;
    // Moves to the end, so that the first is always the longest unseen.
    this.buckets.delete(name);
    this.buckets.set(name, bucket);
    if (this.buckets.size > MAX_BUCKETS) this.buckets.delete(this.buckets.keys().next().value!);
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.rate);
    bucket.tokens--;
    return 0;
  }
}
