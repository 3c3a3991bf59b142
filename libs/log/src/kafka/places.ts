import type { RowPosition } from '../driver.ts';
import { EMPTY, type RuleState } from '../rule.ts';

/** Where a record lies in Kafka, and the rule's state before it: reading may begin here. */
export interface Place {
  readonly offset: number;
  readonly rule: RuleState;
}

/** Commits between places that are kept while reading. */
export const PLACE_EVERY = 1_000;
const MOST = 4_096;

/** Places of one partition, in log order: they lead from (seq, epoch) to an offset without reading from the start. */
export class Places {
  private places: Place[] = [{ offset: 0, rule: EMPTY }];

  add(place: Place): void {
    const at = this.after((known) => known.offset <= place.offset);
    if (this.places[at - 1]!.offset === place.offset) return;
    this.places.splice(at, 0, place);
    if (this.places.length > MOST) this.places = this.places.filter((_, i) => i % 2 === 0);
  }

  /** The last place before which there is nothing after the position. */
  before({ lastSeq, epoch }: RowPosition): Place {
    return this.places[this.after(({ rule }) => rule.nextSeq - 1 < lastSeq || (rule.nextSeq - 1 === lastSeq && rule.epoch <= epoch)) - 1]!;
  }

  private after(isBefore: (place: Place) => boolean): number {
    let low = 1;
    let high = this.places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.places[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
