import { delay, partitionOf, type Message, type Refusal, type ServiceDefinition } from '@novacron/kernel';
import type { Head, TopicPartition } from '../driver.ts';
import type { Commit, EffectRequest } from '../record.ts';
import type { RuleState } from '../rule.ts';
import { EffectRunner, type EffectHandlers } from './effects.ts';
import { NotOwned, type Confirmed, type Decided, type Outcome, type SourceInput } from './input.ts';
import { Lane } from './lane.ts';
import type { HostOptions } from './options.ts';
import { OwnedPartition } from './partition.ts';
import { ClockSkew, Recovery } from './recovery.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { scanMarks } from './scan-marks.ts';
import { routed } from './source.ts';
import { inParallel, Sources } from './sources.ts';
import { Timekeeper } from './timekeeper.ts';

interface Hosted {
  readonly definition: ServiceDefinition;
  readonly effects: EffectHandlers;
  /** Of this process, by number. */
  readonly owned: Map<number, OwnedPartition>;
  readonly stop: AbortController;
}

/** Counters that health, metrics and benchmarks read. */
export interface HostCounters {
  commits: number;
  appends: number;
  failedAppends: Record<string, number>;
  ignored: Record<string, number>;
  quarantined: number;
  scanMarks: number;
}

const SCAN_MARK_BACKLOG = 1_000;
/** Direct inputs are refused while so much waits for the log: nothing that was taken may be lost for want of memory. */
const BACKLOG_LIMIT = 50_000;
/** How often the clock is looked at again while it is wrong. */
const RECHECK_MS = 1_000;

/** Owns partitions of the services of one process: claims, rebuilds, decides, appends, runs effects and timers. */
export class Host {
  private readonly services = new Map<string, Hosted>();
  private readonly lanes = new Set<Lane>();
  private jointLane: Lane | undefined;
  private readonly laneOf = new Map<OwnedPartition, Lane>();
  private readonly listeners = new Set<(commits: readonly Confirmed[]) => void>();
  private readonly sources: Sources;
  private readonly recovery: Recovery;
  private readonly snapshots: SnapshotKeeper;
  private readonly timekeeper: Timekeeper;
  private readonly effects: EffectRunner;
  readonly counters: HostCounters = { commits: 0, appends: 0, failedAppends: {}, ignored: {}, quarantined: 0, scanMarks: 0 };
  private stopping = false;
  readonly options: HostOptions;

  constructor(options: HostOptions) {
    this.options = options;
    this.effects = new EffectRunner(options.ports, options.log, (owned, message) => this.direct(owned, message));
    const ignore = (verdict: string, partition: string) => this.ignore(verdict, partition);
    this.recovery = new Recovery(options, ignore);
    this.snapshots = new SnapshotKeeper(options);
    this.timekeeper = new Timekeeper(options.ports, (input) => this.laneOf.get(input.target)?.push(input));
    this.sources = new Sources(options, {
      deliver: (input) => this.offer(input),
      owned: (service, partition) => this.services.get(service)?.owned.get(partition),
      backlog: () => this.backlog,
      ignore,
      passed: (source, rule) => this.considerScanMarks(source, rule),
      looked: (heads) => this.seeForeignClaims(heads),
    });
  }

  add(definition: ServiceDefinition, effects: EffectHandlers = {}): void {
    this.services.set(definition.name, { definition, effects, owned: new Map(), stop: new AbortController() });
  }

  /** Takes the services' partitions as the hint allows; resolves when all that are added are owned and have caught up. */
  async start(): Promise<void> {
    await this.recovery.checkClock();
    const { hint } = this.options;
    const names = [...this.services.keys()];
    await Promise.all(names.map((name) => hint.acquire(name, () => this.hintLost(name), this.services.get(name)!.stop.signal)));
    if (this.stopping) return;
    await this.gain(names);
    void this.sources.watch(names);
  }

  /** Lets decisions finish, then goes; what is not confirmed by then is as after a crash. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const { stop, owned } of this.services.values()) {
      stop.abort();
      for (const each of owned.values()) this.closeClaim(each);
    }
    this.sources.stop();
    const drained = new AbortController();
    void Promise.all([...this.lanes].map((lane) => lane.drained())).then(() => drained.abort());
    await delay(this.options.ports.timers, 2_000, drained.signal);
    this.lanes.forEach((lane) => (lane.stopped = true));
    await Promise.all([...this.services.keys()].map((name) => this.options.hint.release(name)));
  }

  partitionOf(key: string): number {
    return partitionOf(key, this.options.partitions);
  }

  owned(service: string): ReadonlyMap<number, OwnedPartition> {
    return this.services.get(service)?.owned ?? new Map();
  }

  hosts(service: string): boolean {
    return (this.services.get(service)?.owned.size ?? 0) > 0;
  }

  /** Position and state hash of every partition owned here, as confirmed; costs O(state). */
  states(): { topic: string; partition: number; seq: number; stateHash: string }[] {
    return [...this.services.values()].flatMap(({ owned }) => [...owned.values()]).map((owned) => {
      const { rule, stateHash } = owned.snapshot();
      return { topic: owned.topic, partition: owned.partition, seq: rule.nextSeq - 1, stateHash };
    });
  }

  get backlog(): number {
    let sum = 0;
    for (const lane of this.lanes) sum += lane.backlog;
    return sum;
  }

  /** A direct input; resolves when its decision is in the log, with a refusal as a value; rejects where this process does not own the partition. */
  submit(service: string, partition: number, message: Message): Promise<Outcome | Refusal> {
    const owned = this.services.get(service)?.owned.get(partition);
    if (!owned || this.stopping) return Promise.reject(new NotOwned(`${service}/${partition}`));
    if (this.laneOf.get(owned)!.backlog > BACKLOG_LIMIT) return Promise.reject(new NotOwned(`${service}/${partition}: the log does not keep up`));
    return this.direct(owned, message);
  }

  /** Every commit of this process's partitions once it is in the log, in order per partition. */
  onConfirmed(listener: (commits: readonly Confirmed[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private direct(owned: OwnedPartition, message: Message): Promise<Outcome | Refusal> {
    return new Promise((resolve, reject) => {
      const lane = this.laneOf.get(owned);
      if (!lane) return reject(new NotOwned(owned.name));
      lane.push({ kind: 'direct', target: owned, message, resolve, reject });
    });
  }

  // Gaining: claim, rebuild, catch up, open.

  private async gain(names: readonly string[]): Promise<void> {
    const fresh = names.flatMap((name) => {
      const { definition } = this.services.get(name)!;
      return Array.from({ length: this.options.partitions }, (_, partition) => new OwnedPartition(definition, partition, this.options.addressesOf, this.options.hears));
    });
    await this.recovery.claim(fresh);
    await inParallel(fresh, 4, (owned) => this.recovery.rebuild(owned));
    const sound = fresh.filter((owned) => owned.halted === undefined);
    for (const owned of sound) {
      this.joinLane(owned).partitions.add(owned);
      this.services.get(owned.topic)!.owned.set(owned.partition, owned);
      this.sources.own(owned);
    }
    await this.sources.attach(sound);
    await Promise.all([...new Set(sound.map((owned) => this.laneOf.get(owned)!))].map((lane) => lane.barrier()));
    for (const owned of sound) this.open(owned);
  }

  private joinLane(owned: OwnedPartition): Lane {
    let lane = this.options.driver.joint ? this.jointLane : undefined;
    if (!lane) {
      lane = new Lane(this.options.driver, this.options.ports, {
        decided: (decided) => this.route(decided, false),
        confirmed: (batch) => this.confirm(batch),
        reclaim: (each) => this.reclaim(each),
        fenced: (partitions) => partitions.forEach((partition) => this.giveUp(partition, 'fenced by another claim')),
        failed: (error, fault) => {
          this.counters.failedAppends[fault] = (this.counters.failedAppends[fault] ?? 0) + 1;
          this.options.log.warn('append failed', { fault, error: error.message });
        },
        quarantined: (input, reason) => {
          this.counters.quarantined++;
          this.options.log.error('the log refused what an input led to: the input is quarantined', { partition: input.target.name, reason });
        },
      });
      this.lanes.add(lane);
      if (this.options.driver.joint) this.jointLane = lane;
    }
    this.laneOf.set(owned, lane);
    return lane;
  }

  private ignore(verdict: string, partition: string): void {
    this.counters.ignored[verdict] = (this.counters.ignored[verdict] ?? 0) + 1;
    if (verdict === 'gap' || verdict === 'bad-hash' || verdict === 'unreadable') this.options.log.error('a record of the log breaks the rule', { partition, verdict });
  }

  private consumersOf(topic: string): OwnedPartition[] {
    return [...this.services.values()].filter(({ definition }) => this.options.hears[definition.name]?.includes(topic)).flatMap(({ owned }) => [...owned.values()]);
  }

  private open(owned: OwnedPartition): void {
    owned.open = true;
    this.runEffects(owned, owned.openEffects());
    this.timekeeper.arm(owned);
  }

  // Living: route, confirm, effects, timers, snapshots.

  /** Hands a decision to those of our own partitions that it is addressed to: at once inside a lane, once confirmed across lanes. */
  private route(decided: Decided, confirmed: boolean): void {
    const inputs = routed(decided.to, decided.events, this.find);
    if (!inputs) return;
    const { owned, seq, rule } = decided;
    const lane = this.laneOf.get(owned);
    for (const [target, events] of inputs) {
      const within = this.laneOf.get(target) === lane;
      if (within === confirmed) continue;
      this.offer({ kind: 'source', target, events, from: originOf(owned, seq, rule), speculativeSource: owned });
    }
  }

  private readonly find = (service: string, key: string) => this.services.get(service)?.owned.get(this.partitionOf(key));

  private offer(input: SourceInput): void {
    const waiting = input.target.detached.get(input.from.name);
    if (waiting) waiting.push(input);
    else this.laneOf.get(input.target)?.push(input);
  }

  private confirm(batch: readonly Decided[]): void {
    this.counters.appends++;
    this.counters.commits += batch.length;
    const confirmed: Confirmed[] = [];
    const touched = new Set<OwnedPartition>();
    for (const decided of batch) {
      const { owned, input } = decided;
      if (!this.options.driver.joint) this.route(decided, true);
      this.snapshots.count(owned);
      confirmed.push(confirmedOf(decided));
      if (decided.timersChanged) touched.add(owned);
      if (decided.effects.length) this.runEffects(owned, decided.effects);
      if (input.kind === 'direct' && decided.complete) input.resolve(decided.refusal ?? { events: decided.events, reply: decided.reply, position: { topic: owned.topic, partition: owned.partition, seq: decided.seq } });
      if (decided.seq % 1_000 === 999) this.considerScanMarks(owned, owned.confirmed.rule);
    }
    for (const listener of this.listeners) listener(confirmed);
    for (const owned of touched) this.timekeeper.arm(owned);
  }

  private runEffects(owned: OwnedPartition, requests: readonly EffectRequest[]): void {
    if (owned.open) this.effects.run(owned, requests, this.services.get(owned.topic)!.effects);
  }

  private considerScanMarks(source: TopicPartition, rule: RuleState): void {
    for (const mark of scanMarks(source, rule, this.consumersOf(source.topic))) {
      const lane = this.laneOf.get(mark.target);
      // With much undecided, something of this very source may be among it.
      if (!lane || lane.backlog > SCAN_MARK_BACKLOG) continue;
      this.counters.scanMarks++;
      lane.push(mark);
    }
  }

  takeSnapshot(owned: OwnedPartition): Promise<void> {
    return this.snapshots.take(owned);
  }

  /** Snapshots that are due by time, and the clock; called every minute or so by who hosts us. */
  async housekeeping(): Promise<void> {
    await this.holdWhileClockIsWrong();
    for (const { owned } of this.services.values()) await this.snapshots.takeDue(owned.values());
  }

  private async holdWhileClockIsWrong(): Promise<void> {
    for (;;) {
      try {
        await this.recovery.checkClock();
        for (const lane of this.lanes) lane.hold(false);
        return;
      } catch (error) {
        if (!(error instanceof ClockSkew)) throw error;
        this.options.log.error('nothing is decided', { error: error.message });
        for (const lane of this.lanes) lane.hold(true);
        await delay(this.options.ports.timers, RECHECK_MS);
        if (this.stopping) return;
      }
    }
  }

  private seeForeignClaims(heads: ReadonlyMap<string, Head>): void {
    if (this.claiming) return;
    for (const { owned } of this.services.values()) {
      for (const each of owned.values()) if ((heads.get(each.name)?.epoch ?? 0) > each.rule.epoch) this.giveUp(each, 'another claim is in the log');
    }
  }
  private claiming = 0;

  // Losing.

  /** After an append of unknown outcome: a new epoch makes it dead or visible. */
  private async reclaim(lane: Lane): Promise<ReadonlySet<string>> {
    const partitions = [...lane.partitions];
    this.claiming++;
    try {
      await this.recovery.claim(partitions);
      return await this.lookForOurs(partitions);
    } finally {
      this.claiming--;
    }
  }

  private async lookForOurs(partitions: readonly OwnedPartition[]): Promise<ReadonlySet<string>> {
    const landed = new Set<string>();
    for (const owned of partitions) {
      const { epoch, owner } = owned.confirmed.rule;
      const commits: Commit[] = [];
      await this.recovery.tail(owned, (commit) => commits.push(commit));
      for (const [i, commit] of commits.entries()) {
        const head = commits[i + 1]?.prev ?? owned.confirmed.rule.head;
        landed.add(head);
        this.announce(owned, commit, { epoch, owner, nextSeq: commit.seq + 1, head });
      }
      this.timekeeper.arm(owned);
    }
    return landed;
  }

  /** A commit of ours that landed although nobody said so. */
  private announce(owned: OwnedPartition, commit: Commit, rule: RuleState): void {
    const confirmed: Confirmed = {
      topic: owned.topic, partition: owned.partition, seq: commit.seq, time: commit.time, events: commit.events, to: commit.to, cause: commit.cause, source: commit.input, rule,
    };
    this.counters.commits++;
    this.runEffects(owned, commit.effects);
    for (const [target, events] of routed(commit.to, commit.events, this.find) ?? []) {
      this.offer({ kind: 'source', target, events, from: originOf(owned, commit.seq, rule), speculativeSource: owned });
    }
    for (const listener of this.listeners) listener([confirmed]);
  }

  private hintLost(service: string): void {
    if (this.stopping) return;
    // Only a hint: until another claim is in the log, this process goes on.
    this.options.log.warn('the hint that this process owns the service is gone: asking for it again', { service });
    const hosted = this.services.get(service)!;
    void this.options.hint.acquire(service, () => this.hintLost(service), hosted.stop.signal);
  }

  /** Gives a partition up: its effects, timers and replies stop, and it is read from the log like any other source. */
  private giveUp(partition: TopicPartition, reason: string): void {
    const hosted = this.services.get(partition.topic);
    const owned = hosted?.owned.get(partition.partition);
    if (!hosted || !owned) return;
    this.options.log.warn('partition given up', { partition: owned.name, reason });
    const lane = this.laneOf.get(owned);
    this.closeClaim(owned);
    hosted.owned.delete(owned.partition);
    lane?.partitions.delete(owned);
    this.laneOf.delete(owned);
    this.sources.disown(partition, owned.confirmed.rule);
    void this.regain(partition.topic);
  }

  private closeClaim(owned: OwnedPartition): void {
    owned.claim.abort();
    owned.open = false;
    owned.cancelWake?.();
  }

  /** One fenced partition means that another process owns the service: all are given up until the hint names us again. */
  private async regain(service: string): Promise<void> {
    const hosted = this.services.get(service)!;
    if (this.regaining.has(service) || this.stopping) return;
    this.regaining.add(service);
    for (const owned of [...hosted.owned.values()]) this.giveUp(owned, 'the service is owned elsewhere');
    try {
      await this.options.hint.release(service);
      await this.options.hint.acquire(service, () => this.hintLost(service), hosted.stop.signal);
      if (!this.stopping) await this.gain([service]);
    } catch (error) {
      this.options.log.error('cannot take the service again', { service, error: (error as Error).message });
      this.options.ports.timers.after(1_000, () => void this.regain(service));
    } finally {
      this.regaining.delete(service);
    }
  }
  private readonly regaining = new Set<string>();
}

const originOf = ({ name, topic, partition }: OwnedPartition, seq: number, { epoch, owner, head }: RuleState) => ({ name, topic, partition, seq, epoch, owner, head });

function confirmedOf(decided: Decided): Confirmed {
  const { owned, input } = decided;
  return {
    topic: owned.topic, partition: owned.partition, seq: decided.seq, time: decided.time, events: decided.events, to: decided.to,
    cause: input.kind === 'source' ? undefined : input.kind, source: input.kind === 'source' ? input.from : undefined, rule: decided.rule,
  };
}
