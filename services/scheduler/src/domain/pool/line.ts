import type { PoolView, Queued, Shape } from './state.ts';

/** The attempt whose turn it is within its shape. */
export interface Head {
  readonly shape: Shape;
  readonly row: Queued;
  /** The rest of the shape, in order; absent while nothing of it was taken. */
  readonly rest?: Iterator<string>;
}

/**
 * The line of a pool by priority, then order of arrival, seen through the heads of its shapes: one step costs
 * the shapes looked at, never the attempts behind them. Either `advance` (the head was placed) or go on with
 * `next`, which leaves the head's whole shape out: where its first does not fit, none does.
 */
export class Line {
  private readonly view: PoolView;
  private readonly untouched: Iterator<string>;
  private upcoming: Head | undefined;
  /** Heads of shapes that were placed from, in order. */
  private readonly advanced: Head[] = [];

  constructor(view: PoolView, pool: string) {
    this.view = view;
    this.untouched = view.shape.list('inPool', pool)[Symbol.iterator]();
    this.upcoming = this.step();
  }

  next(): Head | undefined {
    const [first] = this.advanced;
    if (first && (!this.upcoming || before(first.row, this.upcoming.row))) return this.advanced.shift();
    const head = this.upcoming;
    if (head) this.upcoming = this.step();
    return head;
  }

  advance(head: Head): void {
    const rest = head.rest ?? this.afterFirst(head);
    const id = rest.next();
    if (id.done) return;
    const next = { shape: head.shape, row: this.view.queued.get(id.value)!, rest };
    const at = this.advanced.findIndex((other) => before(next.row, other.row));
    this.advanced.splice(at < 0 ? this.advanced.length : at, 0, next);
  }

  private step(): Head | undefined {
    const id = this.untouched.next();
    if (id.done) return undefined;
    const first = this.view.queued.first('byShape', id.value)!;
    return { shape: this.view.shape.get(id.value)!, row: this.view.queued.get(first)! };
  }

  private afterFirst(head: Head): Iterator<string> {
    const ids = this.view.queued.list('byShape', head.row.shape)[Symbol.iterator]();
    ids.next();
    return ids;
  }
}

export function before(a: Queued, b: Queued): boolean {
  return a.said.priority !== b.said.priority ? a.said.priority > b.said.priority : a.order < b.order;
}
