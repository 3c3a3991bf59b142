import { delay, partitionOf, type Message, type Ports, type Refusal, type ServiceDefinition } from '@novacron/kernel';
import { nameOf, type LogDriver, type OwnershipHint, type TopicPartition } from '../driver.ts';
import { decode, encodeClaim, hashOf, type Commit, type EffectRequest } from '../record.ts';
import { judge, type RuleState } from '../rule.ts';
import { decodeSnapshot, encodeSnapshot, thin, type SnapshotStore } from '../snapshot.ts';
import { EffectRunner, type EffectHandlers } from './effects.ts';
import { NotOwned, type Confirmed, type Decided, type Outcome, type SourceInput } from './input.ts';
import { Lane } from './lane.ts';
import { OwnedPartition, PartitionHalted, type AddressesOf } from './partition.ts';
import { routed, SourceReader } from './source.ts';

export interface HostOptions {
  readonly driver: LogDriver;
  readonly snapshots: SnapshotStore;
  readonly hint: OwnershipHint;
  readonly ports: Ports;
  /** Where this process is reached; recorded in its claims. */
  readonly address: string;
  readonly addressesOf: AddressesOf;
  /** Which topics each service hears. */
  readonly hears: Readonly<Record<string, readonly string[]>>;
  /** Of every topic; recorded in every claim, a change is refused. */
  readonly partitions: number;
  readonly log: HostLog;
}

/** Where the host says what an operator must know. */
export interface HostLog {
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

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

const SCAN_MARK_AFTER = 10_000;
const SNAPSHOT_COMMITS = 10_000;
const SNAPSHOT_MS = 5 * 60_000;
/** More than this between our clock and the log's: neither claim nor append. */
const SKEW_MS = 1_000;
/** Between looks at the log's heads: with foreign sources, and with none. */
const POLL_MS = 200;
const IDLE_POLL_MS = 2_000;

/** Owns partitions of the services of one process: claims, rebuilds, decides, appends, runs effects and timers. */
export class Host {
  private readonly services = new Map<string, Hosted>();
  private readonly lanes = new Set<Lane>();
  private jointLane: Lane | undefined;
  private readonly laneOf = new Map<OwnedPartition, Lane>();
  private readonly listeners = new Set<(commits: readonly Confirmed[]) => void>();
  private readonly sources = new Map<string, SourceReader>();
  private readonly effects: EffectRunner;
  readonly counters: HostCounters = { commits: 0, appends: 0, failedAppends: {}, ignored: {}, quarantined: 0, scanMarks: 0 };
  private stopping = false;
  private readonly ended = new AbortController();
  readonly options: HostOptions;

  constructor(options: HostOptions) {
    this.options = options;
    this.effects = new EffectRunner(options.ports, options.log, (owned, message) => this.direct(owned, message));
  }

  add(definition: ServiceDefinition, effects: EffectHandlers = {}): void {
    this.services.set(definition.name, { definition, effects, owned: new Map(), stop: new AbortController() });
  }

  /** Takes the services' partitions as the hint allows; resolves when all that are added are owned and have caught up. */
  async start(): Promise<void> {
    await this.checkClock();
    const { hint } = this.options;
    const names = [...this.services.keys()];
    await Promise.all(names.map((name) => hint.acquire(name, () => this.hintLost(name), this.services.get(name)!.stop.signal)));
    if (this.stopping) return;
    await this.gain(names);
    void this.watch();
  }

  /** Lets decisions finish, then goes; what is not confirmed by then is as after a crash. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.ended.abort();
    for (const { stop, owned } of this.services.values()) {
      stop.abort();
      for (const each of owned.values()) this.closeClaim(each);
    }
    this.sources.forEach((source) => source.stop());
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
    await this.claimAll(fresh);
    await inParallel(fresh, 4, (owned) => this.rebuild(owned));
    const sound = fresh.filter((owned) => owned.halted === undefined);
    for (const owned of sound) {
      this.joinLane(owned).partitions.add(owned);
      this.services.get(owned.topic)!.owned.set(owned.partition, owned);
      this.sources.get(owned.name)?.unfollow();
      owned.snapshotAt = this.options.ports.clock.monotonic();
    }
    await this.attach(sound);
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

  /** Claims partitions until each claim is in the log; a rival's faster claim is tried again on top of. */
  private async claimAll(partitions: readonly OwnedPartition[]): Promise<void> {
    const { driver, ports, address } = this.options;
    await this.checkClock();
    let left = [...partitions];
    for (let round = 0; left.length > 0; round++) {
      if (round > 20) throw new Error(`cannot claim ${left.map((each) => each.name).join(', ')}: another process claims them at the same time`);
      const heads = await driver.heads([...new Set(left.map((each) => each.topic))]);
      const requests = left.map((each) => {
        const epoch = (heads.get(each.name)?.epoch ?? 0) + 1;
        const owner = ports.random.uuid();
        return { topic: each.topic, partition: each.partition, epoch, owner, address, record: encodeClaim({ epoch, owner, address, partitions: this.options.partitions, time: ports.clock.now() }) };
      });
      const won = new Set((await driver.claim(requests)).map(nameOf));
      for (const request of requests) if (won.has(nameOf(request))) this.claims.set(nameOf(request), request.owner);
      left = left.filter((each) => !won.has(each.name));
    }
  }
  /** Our newest claim per partition: reading stops there. */
  private readonly claims = new Map<string, string>();

  private async rebuild(owned: OwnedPartition): Promise<void> {
    try {
      await this.restore(owned);
      await this.tail(owned);
    } catch (error) {
      if (!(error instanceof PartitionHalted)) throw error;
      owned.halted = error.message;
      this.options.log.error('a partition is read-only: its log does not fold to what was lived', { partition: owned.name, error: error.message });
    }
  }

  private async restore(owned: OwnedPartition): Promise<void> {
    const { snapshots, log } = this.options;
    for (const seq of await snapshots.list(owned.topic, owned.partition)) {
      const stored = await snapshots.load(owned.topic, owned.partition, seq);
      const snapshot = stored && decodeSnapshot(stored, owned.definition.foldVersion);
      if (snapshot) {
        try {
          return owned.restore(snapshot);
        } catch {
          owned.clear();
        }
      }
      log.warn('a snapshot is not used: damaged or of another fold version', { partition: owned.name, seq });
    }
  }

  /** Reads the partition's log from its confirmed head to our own claim, by the rule; returns the hashes of commits it folded. */
  private async tail(owned: OwnedPartition): Promise<Commit[]> {
    const folded: Commit[] = [];
    for (;;) {
      const rows = await this.options.driver.read(owned, owned.position);
      for (const row of rows) {
        for (const text of row.records) {
          const commit = this.admit(owned, text);
          if (commit) folded.push(commit);
        }
      }
      const mine = owned.rule.owner === this.claims.get(owned.name);
      if (rows.length === 0 || mine) {
        if (!mine) throw new Error(`${owned.name}: our claim is not in the log; another process claimed after us`);
        return folded;
      }
    }
  }

  private admit(owned: OwnedPartition, text: string): Commit | undefined {
    const record = decode(text);
    if (!record) {
      this.ignore('unreadable', owned.name);
      return undefined;
    }
    const hash = record.kind === 'commit' ? hashOf(text) : '';
    const { verdict, state } = judge(owned.confirmed.rule, record, hash);
    if (verdict === 'commit') {
      owned.apply(record as Commit, state);
      return record as Commit;
    }
    if (verdict === 'claim') {
      if (record.kind === 'claim' && record.partitions !== this.options.partitions) {
        throw new Error(`topic ${owned.topic} was made with ${record.partitions} partitions and is configured with ${this.options.partitions}: set it back; the count never changes`);
      }
      owned.claimed(state);
    } else this.ignore(verdict, owned.name);
    return undefined;
  }

  ignore(verdict: string, partition: string): void {
    this.counters.ignored[verdict] = (this.counters.ignored[verdict] ?? 0) + 1;
    if (verdict === 'gap' || verdict === 'bad-hash' || verdict === 'unreadable') this.options.log.error('a record of the log breaks the rule', { partition, verdict });
  }

  /** Reads what each source said since the new partitions' cursors; then they get it as everybody else. */
  private async attach(fresh: readonly OwnedPartition[]): Promise<void> {
    const { hears, partitions, driver } = this.options;
    const topics = [...new Set(fresh.flatMap((owned) => hears[owned.topic] ?? []))];
    for (const topic of topics) {
      for (const owned of fresh) {
        if (hears[owned.topic]!.includes(topic)) for (let p = 0; p < partitions; p++) owned.detached.set(`${topic}/${p}`, []);
      }
    }
    const heads = await driver.heads(topics);
    const wanted = topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
    await inParallel(wanted, 4, async (source) => {
      const consumers = fresh.filter((owned) => owned.detached.has(nameOf(source)));
      const local = this.services.get(source.topic)?.owned.get(source.partition);
      const head = (heads.get(nameOf(source))?.nextSeq ?? 0) - 1;
      const reader = this.sourceReader(source);
      // What was speculated here before these partitions came is read once it is in the log; what is dropped, nobody waits for.
      const decided = (local?.rule.nextSeq ?? 0) - 1;
      await reader.catchUp(consumers, local ? () => Math.min(Math.max(head, decided), local.rule.nextSeq - 1) : () => head);
      if (!local) reader.follow();
    });
  }

  private sourceReader(source: TopicPartition): SourceReader {
    const name = nameOf(source);
    let reader = this.sources.get(name);
    if (!reader) {
      reader = new SourceReader(source, this.options, {
        deliver: (input) => this.offer(input),
        consumer: (service, partition) => this.services.get(service)?.owned.get(partition),
        backlog: () => this.backlog,
        ignore: (verdict) => this.ignore(verdict, name),
        passed: (rule) => this.considerScanMarks(source, rule),
      });
      this.sources.set(name, reader);
    }
    return reader;
  }

  private consumersOf(topic: string): OwnedPartition[] {
    return [...this.services.values()].filter(({ definition }) => this.options.hears[definition.name]?.includes(topic)).flatMap(({ owned }) => [...owned.values()]);
  }

  private open(owned: OwnedPartition): void {
    owned.timersOpen = true;
    this.runEffects(owned, owned.openEffects());
    this.armTimer(owned);
  }

  // Living: route, confirm, effects, timers, snapshots.

  /** Hands a decision to those of our own partitions that it is addressed to: at once inside a lane, once confirmed across lanes. */
  private route(decided: Decided, confirmed: boolean): void {
    const inputs = routed(decided.to, decided.events, (service, key) => this.services.get(service)?.owned.get(this.partitionOf(key)));
    if (!inputs) return;
    const { owned, seq, rule, hash } = decided;
    const lane = this.laneOf.get(owned);
    for (const [target, events] of inputs) {
      const within = this.laneOf.get(target) === lane;
      if (within === confirmed) continue;
      this.offer({ kind: 'source', target, events, from: { name: owned.name, topic: owned.topic, partition: owned.partition, seq, epoch: rule.epoch, owner: rule.owner, head: hash }, speculativeSource: owned });
    }
  }

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
      owned.commitsSinceSnapshot++;
      confirmed.push(confirmedOf(decided));
      if (decided.timersChanged) touched.add(owned);
      if (decided.effects.length) this.runEffects(owned, decided.effects);
      if (input.kind === 'direct' && decided.complete) input.resolve(decided.refusal ?? { events: decided.events, reply: decided.reply, position: { topic: owned.topic, partition: owned.partition, seq: decided.seq } });
      if (decided.seq % 1_000 === 999) this.considerScanMarks(owned, owned.confirmed.rule);
      if (owned.commitsSinceSnapshot >= SNAPSHOT_COMMITS) void this.takeSnapshot(owned);
    }
    for (const listener of this.listeners) listener(confirmed);
    for (const owned of touched) this.armTimer(owned);
  }

  private runEffects(owned: OwnedPartition, requests: readonly EffectRequest[]): void {
    if (owned.timersOpen) this.effects.run(owned, requests, this.services.get(owned.topic)!.effects);
  }

  private armTimer(owned: OwnedPartition): void {
    owned.cancelWake?.();
    owned.cancelWake = undefined;
    const next = owned.nextTimer();
    if (!next || !owned.timersOpen || this.stopping) return;
    const { clock, timers } = this.options.ports;
    // A timer of the platform holds 2^31 ms at most.
    owned.cancelWake = timers.after(Math.min(Math.max(0, next.at - clock.now()), 2 ** 30), () => {
      owned.cancelWake = undefined;
      const due = owned.dueTimers(clock.now());
      if (due.length === 0) return this.armTimer(owned);
      for (const id of due) this.laneOf.get(owned)?.push({ kind: 'timer', target: owned, id });
    });
  }

  /** Far behind a source that had nothing to say: remember how far it was read. */
  private considerScanMarks(source: TopicPartition, rule: RuleState): void {
    const name = nameOf(source);
    for (const target of this.consumersOf(source.topic)) {
      const lane = this.laneOf.get(target);
      if (!lane || target.detached.has(name) || target === (source as unknown)) continue;
      const behind = rule.nextSeq - 1 - (target.cursor(name)?.seq ?? -1);
      if (behind < SCAN_MARK_AFTER || lane.backlog > 1_000) continue;
      this.counters.scanMarks++;
      lane.push({ kind: 'scan', target, cursor: { topic: source.topic, partition: source.partition, seq: rule.nextSeq - 1, index: MAX_INDEX, epoch: rule.epoch, owner: rule.owner, head: rule.head } });
    }
  }

  /** Saves the confirmed state beside the log; a failure only means that the next restart reads more. */
  takeSnapshot(owned: OwnedPartition): Promise<void> {
    owned.commitsSinceSnapshot = 0;
    owned.snapshotAt = this.options.ports.clock.monotonic();
    const { snapshots, log } = this.options;
    const save = async () => {
      await snapshots.save(owned.topic, owned.partition, encodeSnapshot(owned.snapshot()));
      const old = thin(await snapshots.list(owned.topic, owned.partition));
      if (old.length) await snapshots.remove(owned.topic, owned.partition, old);
    };
    return save().catch((error: Error) => log.warn('no snapshot', { partition: owned.name, error: error.message }));
  }

  /** Snapshots that are due by time, and the clock; called every minute or so by who hosts us. */
  async housekeeping(): Promise<void> {
    await this.checkClock();
    const now = this.options.ports.clock.monotonic();
    for (const { owned } of this.services.values()) {
      for (const each of owned.values()) if (each.commitsSinceSnapshot > 0 && now - each.snapshotAt > SNAPSHOT_MS) await this.takeSnapshot(each);
    }
  }

  /** Compares the log's heads with what this process knows: wakes readers of foreign sources, and sees foreign claims on its own partitions. */
  private async watch(): Promise<void> {
    const { driver, ports, log } = this.options;
    let wake: () => void = () => {};
    const unhook = driver.onAppend((topics) => {
      if (topics.some((topic) => this.followed().has(topic))) wake();
    });
    while (!this.stopping) {
      const followed = this.followed();
      const woken = new AbortController();
      wake = () => woken.abort();
      this.ended.signal.addEventListener('abort', wake, { once: true });
      await delay(ports.timers, followed.size ? POLL_MS : IDLE_POLL_MS, woken.signal);
      this.ended.signal.removeEventListener('abort', wake);
      if (this.stopping) break;
      try {
        const heads = await driver.heads([...new Set([...this.followed(), ...this.services.keys()])]);
        for (const reader of this.sources.values()) {
          const head = heads.get(nameOf(reader.source));
          if (reader.following && head && head.nextSeq > reader.rule.nextSeq) reader.nudge();
        }
        for (const { owned } of this.services.values()) {
          for (const each of owned.values()) {
            if ((heads.get(each.name)?.epoch ?? 0) > each.rule.epoch && !this.claiming) this.giveUp(each, 'another claim is in the log');
          }
        }
      } catch (error) {
        if (!this.stopping) log.warn('cannot read the heads of the log', { error: (error as Error).message });
      }
    }
    unhook();
  }
  private claiming = 0;

  private followed(): Set<string> {
    const topics = new Set<string>();
    for (const reader of this.sources.values()) if (reader.following) topics.add(reader.source.topic);
    return topics;
  }

  // Losing.

  /** After an append of unknown outcome: a new epoch makes it dead or visible. */
  private async reclaim(lane: Lane): Promise<ReadonlySet<string>> {
    const partitions = [...lane.partitions];
    this.claiming++;
    try {
      await this.claimAll(partitions);
      return await this.lookForOurs(partitions);
    } finally {
      this.claiming--;
    }
  }

  private async lookForOurs(partitions: readonly OwnedPartition[]): Promise<ReadonlySet<string>> {
    const landed = new Set<string>();
    for (const owned of partitions) {
      const { epoch, owner } = owned.confirmed.rule;
      const commits = await this.tail(owned);
      for (const [i, commit] of commits.entries()) {
        const head = commits[i + 1]?.prev ?? owned.confirmed.rule.head;
        landed.add(head);
        this.announce(owned, commit, { epoch, owner, nextSeq: commit.seq + 1, head });
      }
      this.armTimer(owned);
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
    const inputs = routed(commit.to, commit.events, (service, key) => this.services.get(service)?.owned.get(this.partitionOf(key)));
    for (const [target, events] of inputs ?? []) {
      this.offer({ kind: 'source', target, events, from: { name: owned.name, topic: owned.topic, partition: owned.partition, seq: commit.seq, epoch: rule.epoch, owner: rule.owner, head: rule.head }, speculativeSource: owned });
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
    if (this.consumersOf(partition.topic).length > 0) this.sourceReader(partition).follow(owned.confirmed.rule);
    void this.regain(partition.topic);
  }

  private closeClaim(owned: OwnedPartition): void {
    owned.claim.abort();
    owned.timersOpen = false;
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

  private async checkClock(): Promise<void> {
    const { driver, ports } = this.options;
    const before = ports.clock.now();
    const theirs = await driver.now();
    const after = ports.clock.now();
    const skew = theirs < before ? before - theirs : theirs > after ? theirs - after : 0;
    if (skew > SKEW_MS) throw new Error(`this machine's clock differs by ${Math.round(skew)} ms from the log's: set the clock (at most ${SKEW_MS} ms are allowed)`);
  }
}

const MAX_INDEX = Number.MAX_SAFE_INTEGER;

function confirmedOf(decided: Decided): Confirmed {
  const { owned, input } = decided;
  return {
    topic: owned.topic, partition: owned.partition, seq: decided.seq, time: decided.time, events: decided.events, to: decided.to,
    cause: input.kind === 'source' ? undefined : input.kind, source: input.kind === 'source' ? input.from : undefined, rule: decided.rule,
  };
}

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(Array.from({ length: width }, async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  }));
}
