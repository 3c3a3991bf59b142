import type { Timers } from '@novacron/kernel';
import { killMarked } from '../process-tree.ts';

const EVERY_MS = 250;

/** Kills what ended process attempts left behind in other sessions; one look at the process table serves all that ended meanwhile. */
export class Leftovers {
  readonly #timers: Timers;
  #ended = new Set<string>();
  #due = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  sweep(id: string): void {
    this.#ended.add(id);
    if (this.#due) return;
    this.#due = true;
    this.#timers.after(EVERY_MS, () => {
      this.#due = false;
      const ended = this.#ended;
      this.#ended = new Set();
      // What was killed may have forked before: look again until nothing is found.
      if (killMarked('NOVACRON_ATTEMPT', ended) > 0) for (const each of ended) this.sweep(each);
    });
  }
}
