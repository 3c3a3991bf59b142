import type { Caller } from './caller.ts';
import type { Wish } from './commands.ts';

/** What takes away whatever would let something wait, or begin, for ever; noted by those who begin it. */
export class Closing {
  private readonly wishes = new Map<string, Wish>();

  /** The last wish about a thing counts. */
  note(thing: string, wish: Wish): void {
    this.wishes.set(thing, wish);
  }

  /** All that is left in the system after this must end by itself. */
  async close(caller: Caller): Promise<void> {
    for (const wish of this.wishes.values()) await caller.settle(wish);
  }
}
