import type { Dice } from '../dice.ts';
import type { Process } from '../time/process.ts';

const WAY_MS = 0.5;

/** Reliable and in order, as TCP is: what cannot pass now passes later, unless an end is gone by then. */
export class Wire {
  private readonly waiting: (() => void)[] = [];
  private last = 0;
  private readonly network: Network;
  private readonly from: string;
  private readonly to: Process;

  constructor(network: Network, from: string, to: Process) {
    this.network = network;
    this.from = from;
    this.to = to;
  }

  /** The receiver takes the step `label` when the message has arrived. */
  send(label: string, run: () => void): void {
    if (this.network.isCut(this.from, this.to.name)) return void this.waiting.push(() => this.deliver(label, run));
    this.deliver(label, run);
  }

  /** The way is open again. */
  flush(): void {
    for (const deliver of this.waiting.splice(0)) deliver();
  }

  private deliver(label: string, run: () => void): void {
    const { timeline } = this.to;
    const at = Math.max(this.last, timeline.now + this.network.delay(this.from, this.to.name));
    this.last = at;
    this.to.after(at - timeline.now, label, run);
  }
}

/** Who hears whom. */
export class Network {
  private readonly cuts = new Map<string, number>();
  private readonly slow = new Map<string, number>();
  private readonly wires = new Set<Wire>();
  private readonly dice: Dice;

  constructor(dice: Dice) {
    this.dice = dice;
  }

  wire(from: string, to: Process): Wire {
    const wire = new Wire(this, from, to);
    this.wires.add(wire);
    return wire;
  }

  forget(wire: Wire): void {
    this.wires.delete(wire);
  }

  /** `*` stands for everybody. Cuts both ways; returns what mends it. */
  cut(one: string, other: string): () => void {
    const names = [`${one} ${other}`, `${other} ${one}`];
    for (const name of names) this.cuts.set(name, (this.cuts.get(name) ?? 0) + 1);
    return () => {
      for (const name of names) this.cuts.set(name, Math.max(0, (this.cuts.get(name) ?? 0) - 1));
      for (const wire of this.wires) wire.flush();
    };
  }

  /** Everybody hears everybody again. */
  mend(): void {
    this.cuts.clear();
    this.slow.clear();
    for (const wire of this.wires) wire.flush();
  }

  /** What the one sends takes so much longer, ms. */
  slowDown(from: string, ms: number): () => void {
    this.slow.set(from, ms);
    return () => void this.slow.delete(from);
  }

  isCut(from: string, to: string): boolean {
    return this.cuts.size > 0 && [`${from} ${to}`, `${from} *`, `* ${to}`].some((name) => (this.cuts.get(name) ?? 0) > 0);
  }

  delay(from: string, _to: string): number {
    return WAY_MS * this.dice.number() + (this.slow.get(from) ?? 0);
  }
}
