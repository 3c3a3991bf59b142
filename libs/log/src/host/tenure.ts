import { partitionNamed, type Ends, type TopicPartition } from '../driver.ts';
import type { Member } from '../membership.ts';
import type { Flow } from './flow.ts';
import type { Holdings } from './holdings.ts';
import type { Landed } from './input.ts';
import { Lane } from './lane.ts';
import type { HostCounters, HostOptions } from './options.ts';
import { OwnedPartition } from './partition.ts';
import { Overtaken, type Recovery } from './recovery.ts';
import { Patience, shareOf, type Share } from './share.ts';
import { inParallel, type Sources } from './sources.ts';

const REBUILDS = 4;
/** After a claim that failed or was lost. */
const AGAIN_MS = 250;
/** What a living holder is given to let a partition go. */
const HAND_OVER_MS = 2_000;

/** How partitions come to this process and leave it: taken or let go as the members change; reclaimed after doubt; given up to another's claim. */
export class Tenure {
  readonly listeners = new Set<() => void>();
  private stopping = false;
  private claiming = 0;
  /** `topic/partition` that are being claimed, rebuilt and caught up: one batch at a time. */
  private gaining: readonly string[] = [];
  /** Claimed, and read-only: their log does not fold to what was lived. */
  private readonly halted = new Set<string>();
  private living: readonly Member[] = [];
  private readonly patience = new Patience(HAND_OVER_MS);
  private cancelLook = () => {};
  private begun: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  private readonly id: string;
  private readonly options: HostOptions;
  private readonly holdings: Holdings;
  private readonly recovery: Recovery;
  private readonly sources: Sources;
  private readonly flow: Flow;
  private readonly counters: HostCounters;

  constructor(parts: { options: HostOptions; holdings: Holdings; recovery: Recovery; sources: Sources; flow: Flow; counters: HostCounters }) {
    ({ options: this.options, holdings: this.holdings, recovery: this.recovery, sources: this.sources, flow: this.flow, counters: this.counters } = parts);
    this.id = this.options.ports.random.uuid();
  }

  /** Joins the members; resolves when this process's share is owned and has caught up. */
  async begin(topics: readonly string[]): Promise<void> {
    if (this.stopping) return;
    const owned = new Promise<void>((resolve, reject) => (this.begun = { resolve, reject }));
    const { membership, address } = this.options;
    await Promise.all([owned, membership.join({ id: this.id, address, topics }, (living) => this.see(living))]);
    if (this.stopping) await membership.leave();
  }

  end(): void {
    this.stopping = true;
    this.cancelLook();
    for (const owned of this.holdings.all()) this.flow.close(owned);
    this.owned();
  }

  seeForeignClaims(ends: Ends): void {
    if (this.claiming) return;
    for (const [name, { epoch }] of ends) {
      const owned = this.holdings.held(partitionNamed(name));
      if (owned && epoch > owned.rule.epoch) this.giveUp(owned, 'another claim is in the log');
    }
  }

  private see(living: readonly Member[]): void {
    this.living = living;
    this.counters.members = living.length;
    this.look();
  }

  /** Lets go what is another's, and takes what is ours as soon as it is free. */
  private look(): void {
    if (this.stopping || this.living.length === 0) return;
    this.cancelLook();
    const share = shareOf(this.living, this.id, [...this.holdings.services.keys()], this.options.partitions);
    void this.letGo(this.holdings.all().filter(({ name }) => !share.wanted.has(name) && !this.gaining.includes(name)));
    if (this.gaining.length === 0) this.takeWhatIsFree(share);
  }

  private takeWhatIsFree({ wanted, heldElsewhere }: Share): void {
    const { clock, timers } = this.options.ports;
    const held = new Set(this.holdings.everyHeld().map(({ name }) => name));
    const missing = [...wanted].filter((name) => !held.has(name) && !this.halted.has(name));
    if (missing.length === 0) this.owned();
    const now = clock.monotonic();
    const { ready, next } = this.patience.ready(missing, heldElsewhere, now);
    if (ready.length > 0) void this.take(ready);
    else if (next < Infinity) this.cancelLook = timers.after(next - now, () => this.look());
  }

  private async take(names: readonly string[]): Promise<void> {
    this.gaining = names;
    this.tell();
    try {
      await this.gain(names.map(partitionNamed));
    } catch (error) {
      // What keeps a process from starting, such as a wrong clock, is for who starts it; later it passes, or is for the operator.
      if (!(error instanceof Overtaken)) this.begun?.reject(error as Error);
      if (!this.stopping && !this.begun) this.options.log.error('cannot take partitions', { partitions: names.length, error: (error as Error).message });
      this.defer(names);
    }
    this.gaining = [];
    this.tell();
    this.look();
  }

  /** Claim, rebuild, catch up, open. */
  private async gain(partitions: readonly TopicPartition[]): Promise<void> {
    const fresh = partitions.map(({ topic, partition }) => new OwnedPartition(this.holdings.services.get(topic)!.definition, partition, this.options));
    await this.recovery.claim(fresh);
    const sound: OwnedPartition[] = [];
    await inParallel(fresh, REBUILDS, async (owned) => {
      if (await this.rebuilt(owned)) sound.push(owned);
    });
    if (this.stopping) return;
    for (const owned of sound) this.holdings.take(owned, () => this.makeLane());
    try {
      // Both begin in this very turn: what is decided from here on waits for what must come before it.
      await Promise.all([this.sources.attach(sound), ...sound.map((owned) => this.sources.own(owned))]);
    } catch (error) {
      for (const owned of sound) this.giveUp(owned, 'its sources cannot be read');
      throw error;
    }
    const lanes = new Set(sound.flatMap((owned) => this.holdings.laneOf(owned) ?? []));
    await Promise.all([...lanes].map((lane) => lane.barrier()));
    for (const owned of sound) if (this.holdings.held(owned) === owned && !this.stopping) this.flow.open(owned);
    this.counters.taken += sound.length;
    if (sound.length > 0) this.options.log.info('partitions taken', { partitions: sound.map(({ name }) => name).join(' ') });
  }

  private async rebuilt(owned: OwnedPartition): Promise<boolean> {
    try {
      await this.recovery.rebuild(owned);
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
      this.defer([owned.name]);
      return false;
    }
    if (owned.halted !== undefined) this.halted.add(owned.name);
    return owned.halted === undefined;
  }

  /** Gracefully: takes no more inputs, brings its decisions into the log, and only then says that the partitions are free. The others go on meanwhile. */
  private async letGo(partitions: readonly OwnedPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    const lanes = new Set(partitions.flatMap((owned) => this.holdings.laneOf(owned) ?? []));
    for (const owned of partitions) {
      this.flow.close(owned);
      this.holdings.retire(owned);
    }
    await Promise.all([...lanes].map((lane) => lane.barrier()));
    for (const owned of partitions) {
      if (this.holdings.held(owned) !== owned) continue;
      this.holdings.drop(owned);
      this.sources.disown(owned, owned.confirmed.rule);
      this.counters.released++;
    }
    this.tell();
    this.look();
  }

  private makeLane(): Lane {
    const { driver, ports, log } = this.options;
    return new Lane(driver, ports, {
      decided: (decided) => this.flow.decided(decided),
      confirmed: (batch) => this.flow.confirm(batch),
      reclaim: (lane, landed) => this.reclaim(lane, landed),
      fenced: (partitions) => partitions.forEach((partition) => this.giveUp(partition, 'fenced by another claim')),
      failed: (error, fault) => {
        this.counters.failedAppends[fault] = (this.counters.failedAppends[fault] ?? 0) + 1;
        log.warn('append failed', { fault, error: error.message });
      },
      quarantined: (input, reason) => {
        this.counters.quarantined++;
        log.error('the log refused what an input led to: the input is quarantined', { partition: input.target.name, reason });
      },
      untimely: (owned) => this.flow.arm(owned),
    });
  }

  /** After an append of unknown outcome: a new epoch makes it dead or visible. What is folded is announced at once: it is in the log, whatever becomes of the reading. */
  private async reclaim(lane: Lane, landed: Landed[]): Promise<void> {
    this.claiming++;
    try {
      for (const owned of await this.recovery.reclaim([...lane.partitions])) this.giveUp(owned, 'another process claimed it meanwhile');
      for (const owned of [...lane.partitions]) {
        await this.recovery.tail(owned, (commit) => {
          const found = { owned, commit, rule: owned.rule };
          landed.push(found);
          this.flow.announce(found);
        });
      }
      this.flow.resume(landed);
    } finally {
      this.claiming--;
    }
  }

  /** Gives a partition up: its effects, timers and replies stop, and it is read from the log like any other source. */
  private giveUp(partition: TopicPartition, reason: string): void {
    const owned = this.holdings.held(partition);
    if (!owned) return;
    this.options.log.warn('partition given up', { partition: owned.name, reason });
    this.flow.close(owned);
    this.holdings.drop(owned);
    this.sources.disown(partition, owned.confirmed.rule);
    this.counters.lost++;
    this.defer([owned.name]);
    this.tell();
    this.look();
  }

  private owned(): void {
    this.begun?.resolve();
    this.begun = undefined;
  }

  private defer(names: readonly string[]): void {
    const until = this.options.ports.clock.monotonic() + AGAIN_MS;
    for (const name of names) this.patience.defer(name, until);
  }

  private tell(): void {
    if (this.stopping) return;
    this.options.membership.holds(new Set([...this.holdings.everyHeld().map(({ name }) => name), ...this.gaining, ...this.halted]));
    for (const listener of this.listeners) listener();
  }
}
