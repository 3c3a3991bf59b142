import {
  Tables, table, type DecideContext, type Decision, type EventContext, type Message, type Position, type Refusal, type ServiceDefinition, type State, type Table, type TimerChange,
} from '@novacron/kernel';
import { nameOf, positionOf, type RowPosition, type TopicPartition } from '../driver.ts';
import { HASH_EVERY, NOBODY, type Commit, type EffectRequest, type Recipient, type SourceCursor } from '../record.ts';
import { EMPTY, type RuleState } from '../rule.ts';
import type { Snapshot } from '../snapshot.ts';
import { Answer } from './answer.ts';
import type { Decided, Input, SourceInput } from './input.ts';

interface TimerRow {
  readonly at: number;
  readonly message: Message;
}

/** What the loop itself keeps of a partition, folded from its commits like everything else. */
const SYSTEM = {
  $cursor: table<SourceCursor>(),
  $timer: table<TimerRow>({ at: (timer) => ['all', timer.at] }),
  $effect: table<Message>(),
};

type AnyDecide = (state: unknown, message: Message, context: DecideContext) => readonly Message[] | Decision | Refusal;
type AnyFold = (state: unknown, event: Message, context: EventContext) => void;

export type AddressesOf = (event: Message) => readonly { readonly service: string; readonly key: string }[];

/** What a decision has to know of the installation. */
export interface Contract {
  readonly addressesOf: AddressesOf;
  /** Which topics each service hears. */
  readonly hears: Readonly<Record<string, readonly string[]>>;
  /** Of every topic; recorded in every claim, a change is refused. */
  readonly partitions: number;
}
/** For a partition that decides nothing: it only folds what was decided. */
export const FOLDED: Contract = { addressesOf: () => [], hears: {}, partitions: 1 };

/** Where one partition stands: enough to say which cut it belongs to, and to compare it with another fold of the same log. */
export interface PartitionState extends Position {
  /** Log time of the last commit, ms. */
  readonly time: number;
  readonly stateHash: string;
  /** How far each source is answered, by `topic/partition`. */
  readonly cursors: Readonly<Record<string, number>>;
}

/** A fold that throws, or a state hash that differs: this partition stops, the others go on. */
export class PartitionHalted extends Error {}

/** One partition that this process owns: its state, speculative and confirmed, and how it answers an input. Synchronous and free of I/O. */
export class OwnedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly name: string;
  readonly definition: ServiceDefinition;
  readonly tables: Tables;
  /** Of every topic. */
  readonly partitions: number;
  private readonly state: unknown;
  private readonly system: State<typeof SYSTEM>;
  private readonly addressesOf: AddressesOf;
  /** Services that read this topic. */
  private readonly hearers: ReadonlySet<string>;
  /** Speculative head: what the next decision continues. */
  rule: RuleState = EMPTY;
  time = 0;
  /** What is in the log. */
  confirmed = { rule: EMPTY, time: 0, mark: 0 };
  /** Sources that are being read from the log by this partition; what is decided there meanwhile waits here. */
  readonly detached = new Map<string, SourceInput[]>();
  /** Aborted when the claim is lost: stops effects and timers. */
  claim = new AbortController();
  /** Caught up: effects and timers may go. */
  open = false;
  halted: string | undefined;
  /** The newest decision that is not confirmed. */
  last: Decided | undefined;
  cancelWake: (() => void) | undefined;

  constructor(definition: ServiceDefinition, partition: number, { addressesOf, hears, partitions }: Contract) {
    this.definition = definition;
    this.topic = definition.name;
    this.partition = partition;
    this.name = nameOf(this);
    this.partitions = partitions;
    this.addressesOf = addressesOf;
    this.hearers = new Set(Object.keys(hears).filter((service) => hears[service]!.includes(definition.name)));
    this.tables = new Tables({ ...definition.schema, ...SYSTEM } as never);
    this.state = this.tables.view();
    this.system = this.tables.view<typeof SYSTEM>();
  }

  get position(): RowPosition {
    return positionOf(this.confirmed.rule);
  }

  view<T>(): T {
    return this.state as T;
  }

  cursor(source: string): SourceCursor | undefined {
    return this.system.$cursor.get(source);
  }

  /** Requested by what is in the log; what is only decided may never get there. */
  openEffects(): EffectRequest[] {
    const { nextSeq } = this.confirmed.rule;
    return [...this.system.$effect.ids()].filter((id) => Number.parseInt(id, 10) < nextSeq).map((id) => ({ id, effect: this.system.$effect.get(id)! }));
  }

  /** The timer that is due next. */
  nextTimer(): { readonly id: string; readonly at: number } | undefined {
    const id = this.system.$timer.first('at', 'all');
    return id === undefined ? undefined : { id, at: this.system.$timer.get(id)!.at };
  }

  /** Ids of the timers whose time has come, at most 1,000. */
  dueTimers(clock: number): string[] {
    const due: string[] = [];
    for (const id of this.system.$timer.list('at', 'all')) {
      if (this.system.$timer.get(id)!.at > Math.max(this.time, clock) || due.length === 1_000) break;
      due.push(id);
    }
    return due;
  }

  /** Answers one input on the speculative state; undefined where it says nothing new. */
  decide(input: Input, clock: number): Decided | undefined {
    const messages = this.messagesOf(input, clock);
    if (!messages) return undefined;
    const answer = new Answer(this, input, Math.max(this.time, clock));
    const undo = this.tables.mark();
    for (const { index, message } of messages) {
      const before = this.tables.mark();
      try {
        if (input.poisoned !== undefined) answer.quarantine(index, input.poisoned);
        else if (!answer.take(index, message)) {
          this.tables.rollback(before);
          break;
        }
      } catch (error) {
        this.tables.rollback(before);
        answer.quarantine(index, (error as Error).stack ?? String(error));
      }
    }
    const decided = answer.finish();
    if (!decided) this.tables.rollback(undo);
    return decided;
  }

  /** The commit that only moves a cursor: so that a restart need not read again what concerned nobody here. */
  scanMark(cursor: SourceCursor, clock: number): Decided {
    return new Answer(this, { kind: 'scan', target: this, cursor }, Math.max(this.time, clock)).finish()!;
  }

  /** Folds a commit from the log: the same steps in the same order as when it was decided. */
  apply(commit: Commit, rule: RuleState): void {
    const context = { time: commit.time, topic: this.topic, partition: this.partition, seq: commit.seq };
    for (const event of commit.events) this.fold(event, context);
    this.foldSystem(commit.input, commit.timers, commit.effects, commit.ended);
    if (commit.stateHash !== undefined && this.tables.hash() !== commit.stateHash) {
      throw new PartitionHalted(`${this.name}: state hash differs at commit ${commit.seq}: the first bad commit is one of ${Math.max(0, commit.seq - HASH_EVERY + 1)} to ${commit.seq}`);
    }
    this.rule = rule;
    this.time = commit.time;
    this.settle(rule, commit.time, this.tables.mark());
  }

  /** Marks the state up to here as what the log says. */
  settle(rule: RuleState, time: number, mark: number): void {
    this.confirmed = { rule, time, mark };
    this.tables.release(mark);
  }

  /** A claim changes whose commits are valid, and nothing else. */
  claimed(rule: RuleState): void {
    this.rule = rule;
    this.confirmed = { ...this.confirmed, rule };
  }

  /** Drops everything that is not in the log. */
  drop(): void {
    this.tables.rollback(this.confirmed.mark);
    this.rule = this.confirmed.rule;
    this.time = this.confirmed.time;
    this.last = undefined;
  }

  restore(snapshot: Snapshot): void {
    for (const [name, id, entity] of snapshot.rows) this.tables.byName.get(name)?.restore(id, entity);
    if (this.tables.hash() !== snapshot.stateHash) throw new PartitionHalted(`${this.name}: the snapshot at ${snapshot.rule.nextSeq - 1} does not have the hash that it states`);
    this.rule = snapshot.rule;
    this.time = snapshot.time;
    this.settle(snapshot.rule, snapshot.time, this.tables.mark());
  }

  /** Forgets all state: for reading the log from its start after a snapshot that was no good. */
  clear(): void {
    for (const each of this.tables.byName.values()) for (const id of [...each.ids()]) (each as Table<object>).restore(id, undefined);
    this.rule = EMPTY;
    this.time = 0;
    this.settle(EMPTY, 0, this.tables.mark());
  }

  snapshot(): Snapshot {
    const { rule, time, mark } = this.confirmed;
    const rows = this.tables.rowsAt(mark);
    const fresh = new Tables({ ...this.definition.schema, ...SYSTEM } as never);
    for (const [name, id, entity] of rows) fresh.byName.get(name)!.restore(id, entity);
    return { topic: this.topic, partition: this.partition, rule, time, foldVersion: this.definition.foldVersion, stateHash: fresh.hash(), rows };
  }

  /** What is in the log, without a copy of the rows. */
  confirmedState(): PartitionState {
    const { rule, time, mark } = this.confirmed;
    const cursors = this.tables.rowsAt(mark, '$cursor') as unknown as [string, string, SourceCursor][];
    return {
      topic: this.topic, partition: this.partition, seq: rule.nextSeq - 1, time, stateHash: this.tables.hashAt(mark),
      cursors: Object.fromEntries(cursors.map(([, source, { seq }]) => [source, seq])),
    };
  }

  private messagesOf(input: Input, clock: number): readonly { index: number; message: Message }[] | undefined {
    switch (input.kind) {
      case 'direct':
        return [{ index: 0, message: input.message }];
      case 'timer': {
        const timer = this.system.$timer.get(input.id);
        return timer && timer.at <= Math.max(this.time, clock) ? [{ index: 0, message: timer.message }] : undefined;
      }
      case 'scan':
        return [];
      case 'source': {
        const cursor = this.system.$cursor.get(input.from.name);
        if (!cursor || cursor.seq < input.from.seq) return input.events;
        if (cursor.seq > input.from.seq) return undefined;
        const rest = input.events.filter(({ index }) => index > cursor.index);
        return rest.length ? rest : undefined;
      }
    }
  }

  /** @internal Used by Answer. */
  react(message: Message, context: DecideContext): readonly Message[] | Decision | Refusal {
    const decide = this.definition.reactions[message.type] as AnyDecide | undefined;
    if (!decide) throw new Error(`${this.topic} does not know ${message.type}`);
    return decide(this.state, message, context);
  }

  /** @internal */
  fold(event: Message, context: EventContext): void {
    (this.definition.folds[event.type] as AnyFold | undefined)?.(this.state, event, context);
  }

  /** @internal */
  foldSystem(cursor: SourceCursor | undefined, timers: readonly TimerChange[], effects: readonly EffectRequest[], ended: readonly string[]): void {
    if (cursor) this.system.$cursor.put(`${cursor.topic}/${cursor.partition}`, cursor);
    for (const timer of timers) {
      if (timer.at === undefined) this.system.$timer.delete(timer.id);
      else this.system.$timer.put(timer.id, { at: timer.at, message: timer.message! });
    }
    for (const { id, effect } of effects) this.system.$effect.put(id, effect);
    for (const id of ended) this.system.$effect.delete(id);
  }

  /** @internal */
  isOpen(effect: string): boolean {
    return this.system.$effect.has(effect);
  }

  /** @internal */
  recipients(event: Message): readonly Recipient[] {
    const addresses = this.addressesOf(event);
    if (addresses.length === 0) return NOBODY;
    return addresses.map(({ service, key }) => {
      // An address that nobody reads would be a message lost in silence.
      if (!this.hearers.has(service)) throw new Error(`${event.type} is addressed to ${service}, which does not hear ${this.topic}`);
      return [service, key] as const;
    });
  }
}

