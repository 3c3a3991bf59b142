import { nameOf } from '../driver.ts';
import type { Member } from '../membership.ts';
import { spread } from '../spread.ts';

/** What one member should own, and which of it another living member has not let go. */
export interface Share {
  readonly wanted: ReadonlySet<string>;
  readonly heldElsewhere: ReadonlySet<string>;
}

export function shareOf(living: readonly Member[], me: string, topics: readonly string[], partitions: number): Share {
  const wanted = new Set<string>();
  for (const topic of topics) {
    for (const [partition, owner] of spread(living, topic, partitions).entries()) if (owner === me) wanted.add(nameOf({ topic, partition }));
  }
  const heldElsewhere = new Set<string>();
  for (const { id, holds } of living) if (id !== me) for (const name of holds) if (wanted.has(name)) heldElsewhere.add(name);
  return { wanted, heldElsewhere };
}

/** When what is wanted may be claimed: at once where nobody holds it, after some patience where somebody does. */
export class Patience {
  private readonly since = new Map<string, number>();
  private readonly not = new Map<string, number>();
  private readonly most: number;

  /** `most`: ms that a holder is given to let go. */
  constructor(most: number) {
    this.most = most;
  }

  /** Not before that time. */
  defer(name: string, until: number): void {
    this.not.set(name, until);
  }

  /** What may be claimed now, and when to look again for the rest. */
  ready(missing: readonly string[], heldElsewhere: ReadonlySet<string>, now: number): { readonly ready: string[]; readonly next: number } {
    for (const name of this.since.keys()) if (!heldElsewhere.has(name)) this.since.delete(name);
    const ready: string[] = [];
    let next = Infinity;
    for (const name of missing) {
      const at = Math.max(this.not.get(name) ?? -Infinity, heldElsewhere.has(name) ? this.asked(name, now) + this.most : -Infinity);
      if (at > now) next = Math.min(next, at);
      else {
        ready.push(name);
        this.not.delete(name);
      }
    }
    return { ready, next };
  }

  private asked(name: string, now: number): number {
    if (!this.since.has(name)) this.since.set(name, now);
    return this.since.get(name)!;
  }
}
