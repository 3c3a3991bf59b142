import {
  canonical, idsAt, isRefusal, Tables, type DecideContext, type Decision, type Message, type Refusal, type Schema, type ServiceDefinition, type State, type View,
} from '@novacron/kernel';

export interface When {
  /** Log time of the decision, ms; default: the scenario's time. */
  readonly now?: number;
}

/** Given / when / then over a service's pure part: folds events, decides messages, no log and no clock. */
export class Scenario<S extends Schema> {
  private readonly tables: Tables;
  readonly state: State<S>;
  now = 1_800_000_000_000;
  private seq = 0;
  private readonly definition: ServiceDefinition<S>;
  private readonly partitions: number;
  /** Everything folded so far. */
  readonly history: Message[] = [];

  /** `partitions`: of every topic, where ids that lie beside something are looked at. */
  constructor(definition: ServiceDefinition<S>, partitions = 1) {
    this.definition = definition;
    this.partitions = partitions;
    this.tables = new Tables(definition.schema as never);
    this.state = this.tables.view<S>();
  }

  /** Folds events that already happened. */
  given(...events: readonly Message[]): this {
    for (const event of events) this.fold(event);
    this.seq++;
    return this;
  }

  /** Decides one message without folding the answer. */
  decide(message: Message, when: When = {}): Decision | Refusal {
    const decide = this.definition.reactions[message.type] as ((s: View<S>, m: Message, c: DecideContext) => readonly Message[] | Decision | Refusal) | undefined;
    if (!decide) throw new Error(`${this.definition.name} does not react to ${message.type}`);
    const position = { topic: this.definition.name, partition: 0, seq: this.seq };
    const answer = decide(this.state, deepFreeze(structuredClone(message)), { now: when.now ?? this.now, newId: idsAt(position, this.partitions) });
    if (isRefusal(answer)) return answer;
    return 'events' in answer ? answer : { events: answer };
  }

  /** Decides one message and folds the answer; a refusal is returned as it is. */
  tell(message: Message, when: When = {}): Decision | Refusal {
    const answer = this.decide(message, when);
    if (!isRefusal(answer)) for (const event of answer.events) this.fold(event);
    this.seq++;
    return answer;
  }

  /** The events of `tell`; a refusal fails the test. */
  events(message: Message, when: When = {}): readonly Message[] {
    const answer = this.tell(message, when);
    if (isRefusal(answer)) throw new Error(`refused: ${answer.code}: ${answer.detail}`);
    return answer.events;
  }

  hash(): string {
    return this.tables.hash();
  }

  /** Law: folding what was said gives the state that was lived. */
  refolded(): string {
    const fresh = new Tables(this.definition.schema as never);
    const state = fresh.view<S>();
    this.history.forEach((event, i) => this.evolve(state, event, i));
    return fresh.hash();
  }

  private fold(event: Message): void {
    // Through JSON, as the log would: an event that does not survive that is not an event.
    const stored = JSON.parse(canonical(event)) as Message;
    this.history.push(stored);
    this.evolve(this.state, stored, this.history.length - 1);
  }

  private evolve(state: State<S>, event: Message, seq: number): void {
    const fold = this.definition.folds[event.type] as ((s: State<S>, e: Message, c: object) => void) | undefined;
    fold?.(state, deepFreeze(event), { time: this.now, topic: this.definition.name, partition: 0, seq });
  }
}

function deepFreeze<T>(value: T): T {
  if (value && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
