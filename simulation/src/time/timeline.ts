import { wordOf } from '../dice.ts';

/** Who takes steps: a process of the system, a machine, a client. What is dead takes none; what is paused takes them when it goes on. */
export interface Stepper {
  readonly name: string;
  readonly alive: boolean;
  /** Steps that wait until it goes on; absent while it runs. */
  readonly frozen: Step[] | undefined;
}

export interface Step {
  at: number;
  order: number;
  readonly by: Stepper;
  readonly label: string;
  /** Absent once it was taken or taken back. */
  run: (() => void) | undefined;
}

/** What the trace keeps of a step. */
export interface Taken {
  readonly n: number;
  readonly at: number;
  readonly by: string;
  readonly label: string;
}

/** Steps taken between two looks at the event loop: Node empties the queue of microtasks after each of them. */
const BATCH = 64;
const REMEMBERED = 4_096;

/** Virtual time, ms from 0: takes one step after the other in the order of their times, which are drawn from the seed; between two steps all promises settle. */
export class Timeline {
  now = 0;
  steps = 0;
  /** Of everything that was done, in its order. */
  hash = 0x811c9dc5;
  /** The last steps, for a trace that is read by a person. */
  readonly taken: Taken[] = [];
  /** Set by who wants to see every step. */
  watch: ((taken: Taken) => void) | undefined;
  /** Called after each step, when its promises have settled. */
  after: () => void = () => {};
  private readonly heap: Step[] = [];
  private order = 0;
  private readonly words = new Map<string, number>();

  /** The step is taken `ms` from now; returns what takes it back. */
  schedule(by: Stepper, ms: number, label: string, run: () => void): Step {
    const step: Step = { at: this.now + ms, order: this.order++, by, label, run };
    this.push(step);
    return step;
  }

  /** Steps that were frozen are due now. */
  thaw(steps: readonly Step[]): void {
    for (const step of steps) {
      step.at = Math.max(step.at, this.now);
      step.order = this.order++;
      this.push(step);
    }
  }

  /** Says in the trace what is no step of its own. */
  note(by: string, label: string): void {
    this.hash = Math.imul(this.hash ^ this.word(label), 0x01000193) >>> 0;
    const taken = { n: this.steps, at: this.now, by, label };
    if (this.taken.length === REMEMBERED) this.taken.splice(0, REMEMBERED / 2);
    this.taken.push(taken);
    this.watch?.(taken);
  }

  /** Takes steps until `done` says so or nothing is left; rejects with what a step throws. */
  run(done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = 0;
      let over = false;
      const turn = (): void => {
        if (over) return;
        try {
          if (this.steps > 0) this.after();
          over = done() || !this.take();
        } catch (error) {
          over = true;
          return reject(error as Error);
        }
        if (over) return resolve();
        if (--left === 0) batch();
      };
      const batch = (): void => {
        left = BATCH;
        for (let i = 0; i < BATCH; i++) setTurn(turn);
      };
      batch();
    });
  }

  private take(): boolean {
    for (;;) {
      const step = this.pop();
      if (!step) return false;
      const { run, by } = step;
      if (!run || !by.alive) continue;
      if (by.frozen) {
        by.frozen.push(step);
        continue;
      }
      step.run = undefined;
      this.now = Math.max(this.now, step.at);
      this.steps++;
      this.hash = Math.imul(this.hash ^ Math.floor(this.now * 1_000), 0x01000193) >>> 0;
      this.note(by.name, step.label);
      run();
      return true;
    }
  }

  private word(label: string): number {
    let word = this.words.get(label);
    if (word === undefined) this.words.set(label, (word = wordOf(label)));
    return word;
  }

  private push(step: Step): void {
    const { heap } = this;
    let i = heap.length;
    heap.push(step);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (!before(step, heap[up]!)) break;
      heap[i] = heap[up]!;
      i = up;
    }
    heap[i] = step;
  }

  private pop(): Step | undefined {
    const { heap } = this;
    const top = heap[0];
    const last = heap.pop();
    if (!top || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last!)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last!;
    return top;
  }
}

const before = (a: Step, b: Step): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

// eslint-disable-next-line no-restricted-globals -- the one real turn of the event loop, in which promises settle; no time passes by it
const setTurn = (turn: () => void): void => void setImmediate(turn);
