import { attemptId } from '@novacron/contracts';
import type { Ports } from '@novacron/kernel';
import type { EffectContext } from '@novacron/service';
import type { Mark, StartAttempt, StopAttempt } from '../domain/attempt/messages.ts';
import { Node } from './node.ts';

/** An attempt whose StartAttempt effect is open: what this process must know to drive it. Lives in memory; a new owner is told again. */
export interface OpenAttempt {
  readonly id: string;
  readonly order: StartAttempt;
  readonly node: Node;
  readonly partition: number;
  readonly effect: string;
  /** Aborted when this process no longer owns the partition. */
  readonly signal: AbortSignal;
  stop?: Stop;
  /** Monotonic time when this process learned of it. */
  readonly since: number;
  /** Ordered by this process's own decision, not by a former owner. */
  readonly own: boolean;
  /** Connection on which the agent got the order, and when. */
  sentOn: number;
  sentAt: number;
  /** The agent has named it since this process learned of it. */
  confirmed: boolean;
  /** Number of the node's last beat that listed it, 0 if none did. */
  listedIn: number;
  missedBeats: number;
  /** Share of its work that user code says is done, as the last beat told it; in memory only. */
  progress?: number;
  /** Connection on which the agent said that it has ended, so that its result is on the way. */
  endedOn: number;
  /** Its end lies with the log: neither silent nor to be ordered again. */
  ending: boolean;
}

export interface Stop {
  readonly effect: string;
  readonly reason: string;
}

/** All open attempts of the partitions that this process owns, by id and by node. */
export class OpenAttempts {
  private readonly byId = new Map<string, OpenAttempt>();
  private readonly nodesByKey = new Map<string, Node>();
  /** Stops that came before their start, as after a restart. */
  private readonly early = new Map<string, Stop>();
  private readonly watched = new WeakSet<AbortSignal>();

  private readonly ports: Ports;

  constructor(ports: Ports) {
    this.ports = ports;
  }

  get size(): number {
    return this.byId.size;
  }

  get(id: string): OpenAttempt | undefined {
    return this.byId.get(id);
  }

  nodes(): Iterable<Node> {
    return this.nodesByKey.values();
  }

  /** Progress of the run's attempts that tell it, by `task/attempt`. */
  progressOf(run: string): Record<string, number> {
    const told: Record<string, number> = {};
    for (const { order, progress } of this.byId.values()) if (progress !== undefined && order.run === run) told[`${order.task}/${order.attempt}`] = progress;
    return told;
  }

  nodeByKey(key: string): Node | undefined {
    return this.nodesByKey.get(key);
  }

  node(pool: string, name: string): Node {
    const key = `${pool}/${name}`;
    let node = this.nodesByKey.get(key);
    if (!node) this.nodesByKey.set(key, (node = new Node(key, pool, name, this.ports.clock.monotonic())));
    return node;
  }

  start(order: StartAttempt, context: EffectContext): OpenAttempt {
    const id = attemptId(order);
    const node = this.node(order.pool, order.node);
    const stop = this.early.get(id) ?? this.byId.get(id)?.stop;
    this.early.delete(id);
    const attempt: OpenAttempt = {
      id, order, node, partition: context.partition, effect: context.id, signal: context.signal, ...(stop && { stop }),
      since: this.ports.clock.monotonic(), own: !context.inherited, sentOn: 0, sentAt: 0, confirmed: false, listedIn: 0, missedBeats: 0, endedOn: 0, ending: false,
    };
    // Deleted first, so that a node's attempts stay in the order in which they became known.
    node.attempts.delete(id);
    node.attempts.set(id, attempt);
    this.byId.set(id, attempt);
    this.watch(context);
    return attempt;
  }

  /** The attempt to stop, if it is known yet. */
  stop(order: StopAttempt, context: EffectContext): OpenAttempt | undefined {
    const id = attemptId(order);
    const stop = { effect: context.id, reason: order.reason };
    const attempt = this.byId.get(id);
    if (attempt) attempt.stop = stop;
    else this.early.set(id, stop);
    this.watch(context);
    return attempt;
  }

  /** The attempt has ended and its end is in the log. */
  remove(mark: Mark): void {
    const id = attemptId(mark);
    this.early.delete(id);
    const attempt = this.byId.get(id);
    if (!attempt) return;
    this.byId.delete(id);
    attempt.node.attempts.delete(id);
  }

  /** Forgets a node of which nothing is left to know. */
  forget({ key }: Node): void {
    this.nodesByKey.delete(key);
  }

  /** With its claim, an owner loses the right to speak for the partition's attempts. */
  private watch({ signal }: EffectContext): void {
    if (this.watched.has(signal)) return;
    this.watched.add(signal);
    signal.addEventListener('abort', () => {
      for (const attempt of [...this.byId.values()]) if (attempt.signal === signal) this.remove(attempt.order);
    }, { once: true });
  }
}
