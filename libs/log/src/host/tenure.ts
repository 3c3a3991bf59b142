import type { Head, TopicPartition } from '../driver.ts';
import type { Commit } from '../record.ts';
import type { RuleState } from '../rule.ts';
import type { Flow } from './flow.ts';
import type { Holdings } from './holdings.ts';
import { Lane } from './lane.ts';
import type { HostCounters, HostOptions } from './options.ts';
import { OwnedPartition } from './partition.ts';
import type { Recovery } from './recovery.ts';
import { inParallel, type Sources } from './sources.ts';

const REBUILDS = 4;
const AGAIN_MS = 1_000;

/** How partitions come to this process and leave it: claimed, rebuilt, caught up; reclaimed after doubt; given up to another's claim. */
export class Tenure {
  private stopping = false;
  private claiming = 0;
  private readonly regaining = new Set<string>();
  private readonly options: HostOptions;
  private readonly holdings: Holdings;
  private readonly recovery: Recovery;
  private readonly sources: Sources;
  private readonly flow: Flow;
  private readonly counters: HostCounters;

  constructor(parts: { options: HostOptions; holdings: Holdings; recovery: Recovery; sources: Sources; flow: Flow; counters: HostCounters }) {
    ({ options: this.options, holdings: this.holdings, recovery: this.recovery, sources: this.sources, flow: this.flow, counters: this.counters } = parts);
  }

  /** Waits until the hint names this process for all services, then takes their partitions. */
  async begin(services: readonly string[]): Promise<void> {
    await Promise.all(services.map((service) => this.acquire(service)));
    if (!this.stopping) await this.gain(services);
  }

  end(): void {
    this.stopping = true;
    for (const { stop } of this.holdings.services.values()) stop.abort();
    for (const owned of this.holdings.all()) this.flow.close(owned);
  }

  seeForeignClaims(heads: ReadonlyMap<string, Head>): void {
    if (this.claiming) return;
    for (const owned of this.holdings.all()) if ((heads.get(owned.name)?.epoch ?? 0) > owned.rule.epoch) this.giveUp(owned, 'another claim is in the log');
  }

  /** Claim, rebuild, catch up, open. */
  private async gain(services: readonly string[]): Promise<void> {
    const { partitions, addressesOf, hears } = this.options;
    const fresh = services.flatMap((name) => {
      const { definition } = this.holdings.services.get(name)!;
      return Array.from({ length: partitions }, (_, partition) => new OwnedPartition(definition, partition, addressesOf, hears));
    });
    await this.recovery.claim(fresh);
    await inParallel(fresh, REBUILDS, (owned) => this.recovery.rebuild(owned));
    const sound = fresh.filter((owned) => owned.halted === undefined);
    for (const owned of sound) {
      this.holdings.take(owned, () => this.makeLane());
      this.sources.own(owned);
    }
    await this.sources.attach(sound);
    await Promise.all([...new Set(sound.map((owned) => this.holdings.laneOf(owned)!))].map((lane) => lane.barrier()));
    for (const owned of sound) this.flow.open(owned);
  }

  private makeLane(): Lane {
    const { driver, ports, log } = this.options;
    return new Lane(driver, ports, {
      decided: (decided) => this.flow.route(decided, false),
      confirmed: (batch) => this.flow.confirm(batch),
      reclaim: (lane) => this.reclaim(lane),
      fenced: (partitions) => partitions.forEach((partition) => this.giveUp(partition, 'fenced by another claim')),
      failed: (error, fault) => {
        this.counters.failedAppends[fault] = (this.counters.failedAppends[fault] ?? 0) + 1;
        log.warn('append failed', { fault, error: error.message });
      },
      quarantined: (input, reason) => {
        this.counters.quarantined++;
        log.error('the log refused what an input led to: the input is quarantined', { partition: input.target.name, reason });
      },
    });
  }

  /** After an append of unknown outcome: a new epoch makes it dead or visible. Answers the hashes of commits that had landed. */
  private async reclaim(lane: Lane): Promise<ReadonlySet<string>> {
    const partitions = [...lane.partitions];
    this.claiming++;
    try {
      await this.recovery.claim(partitions);
      const landed = new Set<string>();
      for (const owned of partitions) for (const hash of await this.lookFor(owned)) landed.add(hash);
      return landed;
    } finally {
      this.claiming--;
    }
  }

  private async lookFor(owned: OwnedPartition): Promise<string[]> {
    const { epoch, owner } = owned.confirmed.rule;
    const commits: Commit[] = [];
    await this.recovery.tail(owned, (commit) => commits.push(commit));
    const found = commits.map((commit, i) => {
      const rule: RuleState = { epoch, owner, nextSeq: commit.seq + 1, head: commits[i + 1]?.prev ?? owned.confirmed.rule.head };
      return { commit, rule };
    });
    this.flow.announce(owned, found);
    return found.map(({ rule }) => rule.head);
  }

  private acquire(service: string): Promise<void> {
    const { hint, log } = this.options;
    const lost = () => {
      if (this.stopping) return;
      // Only a hint: until another claim is in the log, this process goes on.
      log.warn('the hint that this process owns the service is gone: asking for it again', { service });
      void this.acquire(service);
    };
    return hint.acquire(service, lost, this.holdings.services.get(service)!.stop.signal);
  }

  /** Gives a partition up: its effects, timers and replies stop, and it is read from the log like any other source. */
  private giveUp(partition: TopicPartition, reason: string): void {
    const owned = this.holdings.of(partition.topic).get(partition.partition);
    if (!owned) return;
    this.options.log.warn('partition given up', { partition: owned.name, reason });
    this.flow.close(owned);
    this.holdings.drop(owned);
    this.sources.disown(partition, owned.confirmed.rule);
    void this.regain(partition.topic);
  }

  /** One fenced partition means that another process owns the service: all are given up until the hint names us again. */
  private async regain(service: string): Promise<void> {
    const { hint, log, ports } = this.options;
    if (this.regaining.has(service) || this.stopping) return;
    this.regaining.add(service);
    for (const owned of [...this.holdings.of(service).values()]) this.giveUp(owned, 'the service is owned elsewhere');
    try {
      await hint.release(service);
      await this.acquire(service);
      if (!this.stopping) await this.gain([service]);
    } catch (error) {
      log.error('cannot take the service again', { service, error: (error as Error).message });
      ports.timers.after(AGAIN_MS, () => void this.regain(service));
    } finally {
      this.regaining.delete(service);
    }
  }
}
