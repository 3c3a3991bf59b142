import { Alarm } from '@novacron/kernel';
import { nameOf, type Ends, type TopicPartition } from '../driver.ts';
import type { RuleState } from '../rule.ts';
import type { Confirmed, SourceInput } from './input.ts';
import type { HostOptions } from './options.ts';
import type { OwnedPartition } from './partition.ts';
import { SourceReader } from './source.ts';

const READERS = 4;
/** Between looks at the log's heads: drivers tell of appends, and of having missed some; a look finds what nobody told. */
const LOOK_MS = 2_000;

export interface SourcesEvents {
  deliver(input: SourceInput): void;
  owned(service: string, partition: number): OwnedPartition | undefined;
  hearing(topic: string): readonly OwnedPartition[];
  /** Services of this process. */
  services(): Iterable<string>;
  backlog(): number;
  ignore(verdict: string, partition: string): void;
  /** A source was read on from the commit `from` up to here. */
  passed(source: TopicPartition, from: number, rule: RuleState): void;
  /** How far partitions of the topics that matter here reach. */
  learned(ends: Ends): void;
}

/** The sources of this process's partitions: each is read from the log once, or comes by itself where it is decided here. */
export class Sources {
  private readonly readers = new Map<string, SourceReader>();
  private readonly ended = new AbortController();
  private readonly options: HostOptions;
  private readonly events: SourcesEvents;

  constructor(options: HostOptions, events: SourcesEvents) {
    this.options = options;
    this.events = events;
  }

  /** Reads what each source said since the new partitions' cursors; then they get it as everybody else. */
  async attach(fresh: readonly OwnedPartition[]): Promise<void> {
    const { hears, partitions, driver } = this.options;
    const topics = [...new Set(fresh.flatMap((owned) => hears[owned.topic] ?? []))];
    const wanted = topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
    for (const owned of fresh) for (const source of wanted) if (hears[owned.topic]!.includes(source.topic)) owned.detached.set(nameOf(source), []);
    const heads = await driver.heads(topics);
    await inParallel(wanted, READERS, (source) => this.catchUp(source, fresh, (heads.get(nameOf(source))?.nextSeq ?? 0) - 1));
  }

  /** The partition is decided in this process from now on. Nothing of it reaches those who heard it by reading before they have read the rest. */
  async own(source: OwnedPartition): Promise<void> {
    const hearing = this.events.hearing(source.topic).filter((consumer) => !consumer.detached.has(source.name));
    await this.readers.get(source.name)?.handOver(hearing, source.confirmed.rule.nextSeq - 1);
  }

  /** The partition was ours until this commit; from here on it is read. */
  disown(source: TopicPartition, rule: RuleState): void {
    this.options.driver.release?.(source);
    if (Object.values(this.options.hears).some((topics) => topics.includes(source.topic))) this.reader(source).follow(rule);
  }

  /** A commit of a partition of this process is in the log. */
  confirmed(commit: Confirmed): void {
    this.readers.get(nameOf(commit))?.confirmed(commit);
  }

  stop(): void {
    this.ended.abort();
    this.readers.forEach((reader) => reader.stop());
  }

  /** Passes on what is told of appends until stopped, and looks at the log's heads by itself: not everything is told. */
  async watch(services: readonly string[]): Promise<void> {
    const { driver, ports, log } = this.options;
    const { signal } = this.ended;
    const alarm = new Alarm(ports.timers);
    const unhook = driver.onAppend((ends) => {
      this.learn(ends);
      if (ends.size === 0) alarm.ring();
    });
    signal.addEventListener('abort', () => alarm.ring(), { once: true });
    while (!signal.aborted) {
      await alarm.wait(LOOK_MS);
      if (signal.aborted) break;
      try {
        this.learn(await driver.heads([...new Set([...this.followed(), ...services])], true));
      } catch (error) {
        if (!signal.aborted) log.warn('cannot read the heads of the log', { error: (error as Error).message });
      }
    }
    unhook();
  }

  private learn(ends: Ends): void {
    for (const [name, { nextSeq }] of ends) this.readers.get(name)?.reaches(nextSeq);
    this.events.learned(ends);
  }

  private async catchUp(source: TopicPartition, fresh: readonly OwnedPartition[], head: number): Promise<void> {
    const consumers = fresh.filter((owned) => owned.detached.has(nameOf(source)));
    const local = this.events.owned(source.topic, source.partition);
    const reader = this.reader(source);
    // What was speculated here before these partitions came is read once it is in the log; what is dropped, nobody waits for.
    const decided = (local?.rule.nextSeq ?? 0) - 1;
    await reader.catchUp(consumers, () => (local && this.events.owned(source.topic, source.partition) === local ? Math.min(Math.max(head, decided), local.rule.nextSeq - 1) : head));
    if (!local) reader.follow();
  }

  private reader(source: TopicPartition): SourceReader {
    const name = nameOf(source);
    let reader = this.readers.get(name);
    if (!reader) {
      const hearing = [...this.events.services()].filter((service) => this.options.hears[service]?.includes(source.topic));
      reader = new SourceReader(source, hearing, this.options, {
        deliver: (input) => this.events.deliver(input),
        consumer: (service, partition) => this.events.owned(service, partition),
        backlog: () => this.events.backlog(),
        ignore: (verdict) => this.events.ignore(verdict, name),
        passed: (from, rule) => this.events.passed(source, from, rule),
      });
      this.readers.set(name, reader);
    }
    return reader;
  }

  private followed(): Set<string> {
    const topics = new Set<string>();
    for (const reader of this.readers.values()) if (reader.following) topics.add(reader.source.topic);
    return topics;
  }
}

/** Works through items, `width` at a time. */
export async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(Array.from({ length: width }, async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  }));
}

