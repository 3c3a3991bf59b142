import type { Manner } from './attention.ts';
import type { Processors } from './processors.ts';

const SHORTEST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 800;
/** So many records of others at once are load, where it counts how much a fetch brings, and not how soon. */
const LOAD = 4;
/** Rests under load, ms: whoever waits, for where the processors are busy, what waits meanwhile goes in fewer turns, and turns are what everybody waits for. */
const UNDER_LOAD = { withTime: 2, whileBusy: 20 };
/** Rests of who reads patiently, ms: the first, by how much each is longer until this process asks others something, and the longest. */
const PATIENT = { first: 10, longer: 4, longest: 50 };
/** After so many fetches without a question this process only listens, and keeps a processor from those who are waited for each time it wakes. */
const LISTENER = 128;
/** The longest rest then, and where the processors are busy, ms. */
const LISTENING_MS = 200;

/** ms: `least` in any case, and up to `most` as long as nobody here waits for what others append. */
export interface Rest {
  readonly least: number;
  readonly most: number;
}
const NO_REST: Rest = { least: 0, most: 0 };

/** What happened here since the last fetch. */
export interface Since {
  /** Somebody waits for what this stream reads. */
  readonly awaited: boolean;
  /** This process asked others something. */
  readonly asked: boolean;
}

/**
 * How long a fetch may wait at the broker, and how long to rest before the next. A fetch costs either side much more than a record in it: processes that read one log read larger portions where that keeps
 * nobody waiting.
 */
export class FetchPace {
  /** Fetches since the partitions that are asked for changed. */
  private same = 0;
  /** Fetches in a row that concerned only others. */
  private idle = 0;
  private readonly manner: Manner;
  private readonly processors: Pick<Processors, 'areBusy'>;

  constructor(manner: Manner, processors: Pick<Processors, 'areBusy'>) {
    this.manner = manner;
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

  /** The rest after a fetch that brought so many records of others. */
  rest(foreign: number, { awaited, asked }: Since): Rest {
    this.same++;
    if (awaited || asked) this.idle = 0;
    if (foreign === 0) return NO_REST;
    const { areBusy } = this.processors;
    const least = foreign < LOAD ? 0 : areBusy ? UNDER_LOAD.whileBusy : UNDER_LOAD.withTime;
    if (awaited || this.manner === 'promptly') return { least, most: least };
    const longest = areBusy || this.idle >= LISTENER ? LISTENING_MS : PATIENT.longest;
    return { least, most: Math.max(least, Math.min(PATIENT.first + PATIENT.longer * this.idle++, longest)) };
  }
}
