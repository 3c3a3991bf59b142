const SHORTEST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 800;
/** So many records of others at once are load, where it counts how much a fetch brings, and not how soon. */
const LOAD = 4;
const REST_UNDER_LOAD_MS = 2;
const REST_WHILE_BUSY_MS = 20;
/** So many fetches in a row may concern only others before this process takes its time. */
const PATIENCE = 16;
const LONGEST_REST_MS = 50;

/** ms: `least` in any case, and up to `most` as long as this process waits for nothing of its own. */
export interface Rest {
  readonly least: number;
  readonly most: number;
}
const NO_REST: Rest = { least: 0, most: 0 };

/**
 * How long a fetch may wait at the broker, and how long to rest before the next. A fetch costs either side much more than a record in it: processes that read one log read larger portions where that keeps
 * nobody waiting.
 */
export class FetchPace {
  private empty = 0;
  private idle = 0;

  /** Of the next fetch at the broker, ms: until then a partition that was just added is not looked at. */
  get wait(): number {
    return Math.min(SHORTEST_WAIT_MS * 2 ** this.empty, LONGEST_WAIT_MS);
  }

  /** The rest after a fetch that brought so many records of others. `awaited`: since the last one this process waited for some of its own; `busy`: the machine's processors have nothing to spare. */
  rest(foreign: number, awaited: boolean, busy: boolean): Rest {
    this.empty = foreign > 0 ? 0 : this.empty + 1;
    if (awaited) this.idle = 0;
    if (foreign === 0) return NO_REST;
    if (!awaited) this.idle++;
    // Where the processors are busy, what waits meanwhile goes together: fewer turns, and turns are what everybody waits for.
    const least = foreign < LOAD ? 0 : busy ? REST_WHILE_BUSY_MS : REST_UNDER_LOAD_MS;
    return { least, most: Math.max(least, Math.min(this.idle - PATIENCE, LONGEST_REST_MS)) };
  }
}
