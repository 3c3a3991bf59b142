import { delay, partitionOf, type Message } from '@novacron/kernel';
import { Aim } from '../aim.ts';
import { nameOf, positionOf, type Row, type RowPosition, type TopicPartition } from '../driver.ts';
import { commitOf, mayAddress, type Commit } from '../record.ts';
import { EMPTY, judgeBeginning, type RuleState } from '../rule.ts';
import { Addressed } from './addressed.ts';
import type { HostOptions } from './options.ts';
import type { Confirmed, SourceInput } from './input.ts';
import type { OwnedPartition } from './partition.ts';

export interface SourceEvents {
  deliver(input: SourceInput): void;
  /** The partition of this process, if it is owned here and hears the source. */
  consumer(service: string, partition: number): OwnedPartition | undefined;
  backlog(): number;
  ignore(verdict: string): void;
  /** Read on from the commit `from` up to here. */
  passed(from: number, rule: RuleState): void;
}

/** Where a reading begins: the rule state, and the rows that come next. */
interface Start {
  readonly rule: RuleState;
  readonly position: RowPosition;
}

/** Undecided inputs beyond which reading waits. */
const BUFFER = 5_000;
const AGAIN_MS = 200;

/** Reads one source partition from the log, once for all partitions of this process that hear it. */
export class SourceReader {
  /** How far the shared reading got. */
  rule: RuleState = EMPTY;
  following = false;
  private reading = false;
  private readonly aim = new Aim();
  private readonly addressed: Addressed;
  private readonly stopped = new AbortController();
  readonly source: TopicPartition;
  private readonly name: string;
  /** Services of this process that hear the source. */
  private readonly hearing: readonly string[];
  private readonly options: HostOptions;
  private readonly events: SourceEvents;

  constructor(source: TopicPartition, hearing: readonly string[], options: HostOptions, events: SourceEvents) {
    this.source = source;
    this.name = nameOf(source);
    this.options = options;
    this.events = events;
    this.hearing = hearing;
    this.addressed = new Addressed((key) => partitionOf(key, options.partitions));
  }

  /** Gives consumers what the source said from where they stand up to `target`, then what waited for them meanwhile, and lets them be handed the rest. */
  async catchUp(consumers: readonly OwnedPartition[], target: () => number, from: Start = this.startOf(consumers)): Promise<void> {
    const among = new Set(consumers);
    let { rule, position } = from;
    const to = (commit: Commit, at: RuleState) => this.deliver(commit, at, (service, partition) => {
      const consumer = this.events.consumer(service, partition);
      return consumer && among.has(consumer) ? consumer : undefined;
    }, true);
    for (;;) {
      const behind = rule.nextSeq - 1 < Math.max(target(), this.following ? this.rule.nextSeq - 1 : -1);
      if ((!behind && position.lastSeq >= rule.nextSeq - 1) || this.stopped.signal.aborted) break;
      const rows = await this.rowsAfter(position);
      for (const row of rows) {
        rule = this.admit(rule, row, to);
        position = { lastSeq: row.lastSeq, epoch: row.epoch };
      }
      if (rows.length === 0) {
        if (!behind) break;
        await delay(this.options.ports.timers, 5, this.stopped.signal);
      }
      while (this.events.backlog() > BUFFER && !this.stopped.signal.aborted) await delay(this.options.ports.timers, 2, this.stopped.signal);
    }
    if (!this.following && rule.nextSeq > this.rule.nextSeq) this.rule = rule;
    for (const consumer of consumers) {
      const waiting = consumer.detached.get(this.name) ?? [];
      consumer.detached.delete(this.name);
      for (const input of waiting) this.events.deliver(input);
    }
  }

  /** The source is decided in this process from now on: whoever heard it by reading gets the rest up to `target`, and then what comes by itself. */
  async handOver(consumers: readonly OwnedPartition[], target: number): Promise<void> {
    if (!this.following) return;
    this.following = false;
    for (const consumer of consumers) consumer.detached.set(this.name, []);
    await this.catchUp(consumers, () => target, startAt(this.rule));
  }

  /** The source is somebody else's: it is read from here on. */
  follow(from?: RuleState): void {
    if (from && !this.following) this.rule = from;
    this.following = true;
    this.aim.toEnd();
    void this.read();
  }

  /** A commit of the source was decided in this process and is in the log. */
  confirmed({ seq, rule, to }: Confirmed): void {
    if (this.following) return;
    this.addressed.note(seq, to);
    this.addressed.read(seq, seq + 1);
    if (seq === this.rule.nextSeq) this.rule = rule;
  }

  /** The source reaches so far. */
  reaches(nextSeq: number): void {
    if (!this.following || nextSeq <= this.rule.nextSeq) return;
    this.aim.raise(nextSeq);
    void this.read();
  }

  stop(): void {
    this.stopped.abort();
  }

  /** Where this reader stands, if all that it read before is answered; else the least cursor, whose commit is read again: it may have been answered in part. */
  private startOf(consumers: readonly OwnedPartition[]): Start {
    const unanswered = consumers.filter((consumer) => !this.addressed.isAnswered(consumer.name, consumer.cursor(this.name), this.rule.nextSeq));
    if (unanswered.length === 0) return startAt(this.rule);
    const rule = oldest(unanswered, this.name);
    return rule.nextSeq > 0 ? { rule, position: { lastSeq: rule.nextSeq - 2, epoch: Number.MAX_SAFE_INTEGER } } : startAt(rule);
  }

  private async read(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    const { driver, ports, log } = this.options;
    const { signal } = this.stopped;
    let position = positionOf(this.rule);
    try {
      while (this.following && !signal.aborted && this.aim.isBeyond(this.rule.nextSeq)) {
        const rows = await this.aim.reading(this.rule.nextSeq, () => driver.read(this.source, position));
        if (rows.length === 0) continue;
        const from = this.rule.nextSeq;
        for (const row of rows) {
          this.rule = this.admit(this.rule, row, (commit, rule) => this.deliver(commit, rule, this.events.consumer, false));
          position = { lastSeq: row.lastSeq, epoch: row.epoch };
        }
        this.events.passed(from, this.rule);
        while (this.events.backlog() > BUFFER && !signal.aborted) await delay(ports.timers, 2, signal);
      }
    } catch (error) {
      if (!signal.aborted) log.warn('cannot read a source', { source: this.name, error: (error as Error).message });
    } finally {
      this.reading = false;
    }
  }

  /** For those who cannot go on without: tried until there is an answer. */
  private async rowsAfter(position: RowPosition): Promise<readonly Row[]> {
    const { driver, ports, log } = this.options;
    for (;;) {
      try {
        return await driver.read(this.source, position);
      } catch (error) {
        if (this.stopped.signal.aborted) return [];
        log.warn('cannot read a source', { source: this.name, error: (error as Error).message });
        await delay(ports.timers, AGAIN_MS, this.stopped.signal);
      }
    }
  }

  private admit(rule: RuleState, { records, hashes }: Row, valid: (commit: Commit, rule: RuleState) => void): RuleState {
    let state = rule;
    let from = rule.nextSeq;
    for (const [i, text] of records.entries()) {
      const judged = judgeBeginning(state, text, hashes?.[i]);
      if (!judged) {
        this.events.ignore('unreadable');
        continue;
      }
      const { verdict, record } = judged;
      // A reading may begin with the last commit that was answered, and perhaps in part only.
      if (verdict === 'commit' || (verdict === 'duplicate' && judged.hash === state.head)) {
        from = Math.min(from, judged.state.nextSeq - 1);
        if (mayAddress(text, this.hearing)) {
          const commit = commitOf(text);
          this.addressed.note(commit.seq, commit.to);
          valid(commit, judged.state);
        }
      }
      // A segment may begin before the place where this reader stands: what was read already is no news.
      else if (verdict !== 'claim' && verdict !== 'duplicate' && !(record?.kind === 'commit' && record.seq < state.nextSeq)) this.events.ignore(verdict);
      state = judged.state;
    }
    this.addressed.read(from, state.nextSeq);
    return state;
  }

  private deliver(commit: Commit, rule: RuleState, find: SourceEvents['consumer'], catchingUp: boolean): void {
    const { topic, partition } = this.source;
    const from = { name: this.name, topic, partition, seq: commit.seq, epoch: rule.epoch, owner: rule.owner, head: rule.head };
    for (const [target, events] of routed(commit.to, commit.events, (service, key) => find(service, partitionOf(key, this.options.partitions))) ?? []) {
      const input: SourceInput = { kind: 'source', target, events, from };
      if (catchingUp) this.pastWaiting(input);
      else this.events.deliver(input);
    }
  }

  /** What is live waits in `detached` for this very reading. */
  private pastWaiting(input: SourceInput): void {
    const { detached } = input.target;
    const waiting = detached.get(this.name);
    detached.delete(this.name);
    this.events.deliver(input);
    if (waiting) detached.set(this.name, waiting);
  }
}

type Events = { readonly index: number; readonly message: Message }[];

/** Events by addressed partition of ours; undefined where nobody here is addressed. */
export function routed(
  to: readonly (readonly (readonly [string, string])[])[], events: readonly Message[], find: (service: string, key: string) => OwnedPartition | undefined,
): Map<OwnedPartition, Events> | undefined {
  let inputs: Map<OwnedPartition, Events> | undefined;
  for (let index = 0; index < events.length; index++) {
    for (const [service, key] of to[index]!) {
      const target = find(service, key);
      if (!target) continue;
      inputs ??= new Map();
      const list = inputs.get(target);
      if (!list) inputs.set(target, [{ index, message: events[index]! }]);
      else if (list[list.length - 1]!.index !== index) list.push({ index, message: events[index]! });
    }
  }
  return inputs;
}

/** The rule state from which every one of them has all it needs: that of the least cursor. */
function oldest(consumers: readonly OwnedPartition[], source: string): RuleState {
  let least: RuleState | undefined;
  for (const consumer of consumers) {
    const cursor = consumer.cursor(source);
    if (!cursor) return EMPTY;
    if (!least || cursor.seq + 1 < least.nextSeq) least = { epoch: cursor.epoch, owner: cursor.owner, nextSeq: cursor.seq + 1, head: cursor.head };
  }
  return least ?? EMPTY;
}

/** A place from which all that follows is read. */
const startAt = (rule: RuleState): Start => ({ rule, position: positionOf(rule) });
