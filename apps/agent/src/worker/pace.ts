/** Runs of a function after which it may be called quick, and what quick is. */
const PROVEN = 20;
const QUICK_MS = 1;
const SLOW_MS = 20;

/** How long functions hold a worker, as moving averages: only proven quick ones wait inside a worker. */
export class Pace {
  readonly #seen = new Map<string, { runs: number; mean: number }>();

  record(name: string, held: number): void {
    const seen = this.#seen.get(name);
    if (!seen) this.#seen.set(name, { runs: 1, mean: held });
    else {
      seen.runs = held > SLOW_MS ? 0 : seen.runs + 1;
      seen.mean = seen.mean * 0.9 + held * 0.1;
    }
  }

  quick(name: string): boolean {
    const seen = this.#seen.get(name);
    return seen !== undefined && seen.runs >= PROVEN && seen.mean < QUICK_MS;
  }
}
