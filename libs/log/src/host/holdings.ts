import { partitionOf, type ServiceDefinition } from '@novacron/kernel';
import { nameOf, type TopicPartition } from '../driver.ts';
import type { EffectHandlers } from './effects.ts';
import type { Lane } from './lane.ts';
import type { HostOptions } from './options.ts';
import type { OwnedPartition } from './partition.ts';

/** A service of this process. */
export interface Hosted {
  readonly definition: ServiceDefinition;
  readonly effects: EffectHandlers;
  /** Its partitions that are owned here, by number. */
  readonly owned: Map<number, OwnedPartition>;
}

/** What this process owns now, and in which lane it is decided. */
export class Holdings {
  readonly services = new Map<string, Hosted>();
  private readonly lanes = new Map<OwnedPartition, Lane>();
  /** Taken no more inputs, and their last decisions not yet in the log. */
  private readonly leaving = new Map<string, OwnedPartition>();
  private joint: Lane | undefined;
  private readonly options: HostOptions;

  constructor(options: HostOptions) {
    this.options = options;
  }

  add(definition: ServiceDefinition, effects: EffectHandlers): void {
    this.services.set(definition.name, { definition, effects, owned: new Map() });
  }

  of(service: string): ReadonlyMap<number, OwnedPartition> {
    return this.services.get(service)?.owned ?? NONE;
  }

  all(): OwnedPartition[] {
    return [...this.services.values()].flatMap(({ owned }) => [...owned.values()]);
  }

  /** Partitions of this process that hear the topic. */
  hearing(topic: string): OwnedPartition[] {
    return this.all().filter((owned) => this.options.hears[owned.topic]?.includes(topic));
  }

  readonly find = (service: string, key: string): OwnedPartition | undefined => this.services.get(service)?.owned.get(partitionOf(key, this.options.partitions));

  laneOf(owned: OwnedPartition): Lane | undefined {
    return this.lanes.get(owned);
  }

  /** Every lane once. */
  distinctLanes(): Set<Lane> {
    return new Set(this.lanes.values());
  }

  get backlog(): number {
    let sum = 0;
    for (const lane of this.distinctLanes()) sum += lane.backlog;
    return sum;
  }

  /** With a joint driver all partitions share one lane. */
  take(owned: OwnedPartition, make: () => Lane): void {
    const lane = this.options.driver.joint ? (this.joint ??= make()) : make();
    lane.partitions.add(owned);
    this.lanes.set(owned, lane);
    this.services.get(owned.topic)!.owned.set(owned.partition, owned);
  }

  /** Nobody is handed to it any more; its lane ends what it has. */
  retire(owned: OwnedPartition): void {
    this.services.get(owned.topic)!.owned.delete(owned.partition);
    this.leaving.set(owned.name, owned);
  }

  /** Owned here, or on its way out. */
  held({ topic, partition }: TopicPartition): OwnedPartition | undefined {
    return this.of(topic).get(partition) ?? this.leaving.get(nameOf({ topic, partition }));
  }

  /** All that is owned here or on its way out. */
  everyHeld(): OwnedPartition[] {
    return [...this.all(), ...this.leaving.values()];
  }

  drop(owned: OwnedPartition): void {
    const { owned: open } = this.services.get(owned.topic)!;
    if (open.get(owned.partition) === owned) open.delete(owned.partition);
    if (this.leaving.get(owned.name) === owned) this.leaving.delete(owned.name);
    const lane = this.lanes.get(owned);
    lane?.partitions.delete(owned);
    this.lanes.delete(owned);
    // Nothing is left to decide in it, and nobody will find it to let it go on: who waits for its end is answered.
    if (lane?.partitions.size === 0) lane.hold(false);
  }
}

const NONE: ReadonlyMap<number, OwnedPartition> = new Map();
