import { isRefusal, partitionOf, type Message, type Position, type Refusal, type Schema, type ServiceDefinition } from '@novacron/kernel';
import { Scenario } from './scenario.ts';

interface OpenEffect {
  readonly effect: Message;
  readonly partition: number;
}
type Submitted = { events: readonly Message[]; reply: never; position: Position };
type Handler = (effect: never, context: never) => Promise<Message | undefined> | undefined;

/**
 * A service's log for tests of its edge: decides with the real deciders, keeps effects open until an input names them, and does them
 * again for a new edge (`restart`). Has the shape of libs/service's ServiceLog. `unavailable` makes every submit throw it.
 */
export class MemoryServiceLog<S extends Schema> {
  readonly scenarios: Scenario<S>[];
  readonly open = new Map<string, OpenEffect>();
  readonly inputs: Message[] = [];
  readonly timers = new Map<string, { at: number; message: Message; partition: number }>();
  unavailable: Error | undefined;
  private handlers: Readonly<Record<string, Handler>> = {};
  private readonly claims = new Map<number, number>();
  private claim = new AbortController();
  private count = 0;
  private readonly definition: ServiceDefinition<S>;
  private readonly now: () => number;

  constructor(definition: ServiceDefinition<S>, now: () => number, partitions = 2) {
    this.definition = definition;
    this.now = now;
    this.scenarios = Array.from({ length: partitions }, () => new Scenario(definition));
    for (let p = 0; p < partitions; p++) this.claims.set(p, 1);
  }

  /** The edge is new: a higher epoch, and every open effect is done again by these handlers. */
  restart(handlers: object): void {
    this.claim.abort();
    this.claim = new AbortController();
    for (const [partition, epoch] of this.claims) this.claims.set(partition, epoch + 1);
    this.handlers = handlers as Readonly<Record<string, Handler>>;
    for (const id of [...this.open.keys()]) this.perform(id, true);
  }

  /** Another process has taken the partition. */
  lose(partition: number): void {
    this.claims.delete(partition);
    for (const listener of this.owning) listener();
  }

  /** What was said, over all partitions. */
  said(type?: string): Message[] {
    return this.scenarios.flatMap((scenario) => scenario.history).filter((event) => !type || event.type === type);
  }

  partitionOf = (key: string): number => partitionOf(key, this.scenarios.length);
  owned = (): ReadonlyMap<number, number> => this.claims;
  onConfirmed = () => () => undefined;
  private readonly owning = new Set<() => void>();
  onOwned = (listener: () => void) => {
    this.owning.add(listener);
    return () => void this.owning.delete(listener);
  };
  get partitions(): number {
    return this.scenarios.length;
  }

  submitToOwner = (partition: number, message: Message): Promise<Submitted | Refusal> => this.submitTo(partition, message);

  submit = (key: string, message: Message): Promise<Submitted | Refusal> => this.submitTo(this.partitionOf(key), message);

  submitTo = async (partition: number, message: Message): Promise<Submitted | Refusal> => {
    await Promise.resolve();
    if (this.unavailable) throw this.unavailable;
    const decided = this.scenarios[partition]!.tell(JSON.parse(JSON.stringify(message)) as Message, { now: this.now() });
    this.inputs.push(message);
    const named = [message['effect'], ...((message['effects'] as string[] | undefined) ?? [])];
    for (const id of named) if (typeof id === 'string') this.open.delete(id);
    if (isRefusal(decided)) return decided;
    const seq = this.count++;
    for (const { id, at, message: due } of decided.timers ?? []) {
      if (at === undefined) this.timers.delete(`${partition}/${id}`);
      else this.timers.set(`${partition}/${id}`, { at, message: due!, partition });
    }
    decided.effects?.forEach((effect, n) => {
      const id = `${this.definition.name}/${partition}/${seq}.${n}`;
      this.open.set(id, { effect: JSON.parse(JSON.stringify(effect)) as Message, partition });
      this.perform(id);
    });
    return { events: decided.events, reply: (decided.reply ?? null) as never, position: { topic: this.definition.name, partition, seq } };
  };

  /** Decides the timers whose time has come. */
  async tick(): Promise<void> {
    for (const [id, timer] of [...this.timers].sort((a, b) => a[1].at - b[1].at)) {
      if (timer.at > this.now()) continue;
      this.timers.delete(id);
      await this.submitTo(timer.partition, timer.message);
    }
  }

  private perform(id: string, inherited = false): void {
    const { effect, partition } = this.open.get(id)!;
    const context = { id, partition, epoch: this.claims.get(partition), time: this.now(), inherited, signal: this.claim.signal };
    void this.handlers[effect.type]?.(effect as never, context as never)?.then((outcome) => {
      if (outcome && this.open.delete(id)) void this.submitTo(partition, outcome);
    });
  }
}
