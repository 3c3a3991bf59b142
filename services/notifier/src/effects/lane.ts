import CircuitBreaker from 'opossum';

const AT_ONCE = 4;
const WAITING = 1_000;
const FAILURES = 5;
export const OPEN_MS = 30_000;

/** Nothing was sent: the circuit is open, or too many wait already. */
export class NotSent extends Error {}

/** One destination's own way out: at most 4 posts at once, 1,000 waiting, and a circuit that opens after 5 failures for 30 s. What is slow or down delays nobody else. */
export class Lane<T> {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly breaker: CircuitBreaker<[() => Promise<T>], T>;

  constructor(name: string, isFault: (error: unknown) => boolean) {
    this.breaker = new CircuitBreaker((action: () => Promise<T>) => action(), {
      name, timeout: false, volumeThreshold: FAILURES, errorThresholdPercentage: 50, resetTimeout: OPEN_MS,
      rollingCountTimeout: 300_000, rollingCountBuckets: 10, errorFilter: (error) => !isFault(error),
    });
  }

  async run(action: () => Promise<T>): Promise<T> {
    if (this.breaker.opened) throw new NotSent('the destination failed too often; its circuit is open');
    if (this.running >= AT_ONCE) {
      if (this.waiting.length >= WAITING) throw new NotSent('too many messages wait for the destination');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else this.running++;
    try {
      return await this.breaker.fire(action);
    } catch (error) {
      throw CircuitBreaker.isOurError(error as Error) ? new NotSent('the destination failed too often; its circuit is open') : error;
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  close(): void {
    this.breaker.shutdown();
  }
}
