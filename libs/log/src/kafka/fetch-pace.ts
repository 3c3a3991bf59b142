import type { Processors } from './processors.ts';

const SHORTEST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 800;
/** So many records of others at once are load, where it counts how much a fetch brings, and not how soon. */
const LOAD = 4;
/** So many fetches in a row may concern only others before this process takes its time. */
const PATIENCE = 16;
/** So much longer is the rest after each further one. */
const LONGER_MS = 4;
/** After so many it is one that only listens. */
const LISTENER = 128;
/** Rests in ms: under load, whoever waits, and at most. */
const WITH_TIME = { underLoad: 2, longest: 50 };
/** Where the processors are busy, what waits meanwhile goes together: fewer turns, and turns are what everybody waits for. */
const WHILE_BUSY = { underLoad: 20, longest: 200 };
/** One that only listens keeps a processor from those who are waited for each time it wakes. */
const LISTENING = { ...WITH_TIME, longest: 200 };

/** ms: `least` in any case, and up to `most` as long as nobody here waits for what others append. */
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
  /** Fetches since the partitions that are asked for changed. */
  private same = 0;
  /** Fetches in a row that concerned only others. */
  private idle = 0;
  private readonly processors: Pick<Processors, 'areBusy'>;

  constructor(processors: Pick<Processors, 'areBusy'>) {
    this.processors = processors;
  }

  /** Of the next fetch at the broker, ms: until then a partition that was just added is not looked at, and where one came, others may soon. */
  get wait(): number {
    return Math.min(SHORTEST_WAIT_MS * 2 ** this.same, LONGEST_WAIT_MS);
  }

  /** Other partitions are asked for from now on. */
  changed(): void {
    this.same = 0;
  }

  /** The rest after a fetch that brought so many records of others. `awaited`: since the last one somebody here waited for what others append. */
  rest(foreign: number, awaited: boolean): Rest {
    this.same++;
    if (awaited) this.idle = 0;
    if (foreign === 0) return NO_REST;
    if (!awaited) this.idle++;
    const { underLoad, longest } = this.processors.areBusy ? WHILE_BUSY : this.idle > LISTENER ? LISTENING : WITH_TIME;
    const least = foreign < LOAD ? 0 : underLoad;
    return { least, most: Math.max(least, Math.min((this.idle - PATIENCE) * LONGER_MS, longest)) };
  }
}
