import CircuitBreaker from 'opossum';

const AT_ONCE = 4;
const WAITING = 1_000;
const FAILURES = 5;
export const OPEN_MS = 30_000;

/** Nothing was sent: the circuit is open, or too many wait already. */
export class NotSent extends Error {}

/** What ends trying where trying is in vain; `fire` throws `NotSent` while it is open. */
export interface Circuit<T> {
  readonly opened: boolean;
  fire(action: () => Promise<T>): Promise<T>;
  shutdown(): void;
}

const OPEN = 'the destination failed too often; its circuit is open';

/** Opens after 5 failures for 30 s, then lets one probe through. */
export function circuitBreaker<T>(name: string, isFault: (error: unknown) => boolean): Circuit<T> {
  const breaker = new CircuitBreaker((action: () => Promise<T>) => action(), {
    name, timeout: false, volumeThreshold: FAILURES, errorThresholdPercentage: 50, resetTimeout: OPEN_MS,
    rollingCountTimeout: 300_000, rollingCountBuckets: 10, errorFilter: (error) => !isFault(error),
  });
  return {
    get opened() { return breaker.opened; },
    fire: (action) => breaker.fire(action).catch((error: Error) => { throw CircuitBreaker.isOurError(error) ? new NotSent(OPEN) : error; }),
    shutdown: () => breaker.shutdown(),
  };
}

/** One destination's own way out: at most 4 posts at once, 1,000 waiting, and a circuit that opens after 5 failures for 30 s. What is slow or down delays nobody else. */
export class Lane<T> {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly circuit: Circuit<T>;

  constructor(circuit: Circuit<T>) {
    this.circuit = circuit;
  }

  async run(action: () => Promise<T>): Promise<T> {
    if (this.circuit.opened) throw new NotSent(OPEN);
    if (this.running >= AT_ONCE) {
      if (this.waiting.length >= WAITING) throw new NotSent('too many messages wait for the destination');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else this.running++;
    try {
      return await this.circuit.fire(action);
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  close(): void {
    this.circuit.shutdown();
  }
}
