import { delay, partitionOf, type Message, type Refusal, type ServiceDefinition } from '@novacron/kernel';
import { EffectRunner, type EffectHandlers } from './effects.ts';
import { Flow } from './flow.ts';
import { Holdings } from './holdings.ts';
import { NotOwned, Overloaded, type Confirmed, type Outcome } from './input.ts';
import type { Lane } from './lane.ts';
import type { HostCounters, HostOptions } from './options.ts';
import type { OwnedPartition, PartitionState } from './partition.ts';
import { ClockSkew, Recovery } from './recovery.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { Sources } from './sources.ts';
import { Tenure } from './tenure.ts';

/** Direct inputs are refused while so much waits for the log: nothing that was taken may be lost for want of memory. */
const BACKLOG_LIMIT = 50_000;
/** How often the clock is looked at again while it is wrong. */
const RECHECK_MS = 1_000;
/** How long a stop waits for decisions to reach the log. */
const DRAIN_MS = 2_000;

/** Owns partitions of the services of one process: claims, rebuilds, decides, appends, runs effects and timers. */
export class Host {
  readonly counters: HostCounters = { commits: 0, appends: 0, failedAppends: {}, ignored: {}, quarantined: 0, scanMarks: 0, members: 0, taken: 0, released: 0, lost: 0 };
  readonly options: HostOptions;
  private readonly holdings: Holdings;
  private readonly recovery: Recovery;
  private readonly snapshots: SnapshotKeeper;
  private readonly sources: Sources;
  private readonly flow: Flow;
  private readonly tenure: Tenure;
  private stopping = false;

  constructor(options: HostOptions) {
    this.options = options;
    const ignore = (verdict: string, partition: string) => this.ignore(verdict, partition);
    this.holdings = new Holdings(options);
    this.snapshots = new SnapshotKeeper(options);
    this.recovery = new Recovery(options, this.snapshots, ignore);
    const effects = new EffectRunner(options.ports, options.log, (owned, message) => this.direct(owned, message));
    this.flow = new Flow(options, this.holdings, effects, this.snapshots, this.counters);
    this.sources = new Sources(options, {
      deliver: (input) => this.flow.offer(input),
      owned: (service, partition) => this.holdings.of(service).get(partition),
      hearing: (topic) => this.holdings.hearing(topic),
      services: () => this.holdings.services.keys(),
      backlog: () => this.backlog,
      ignore,
      passed: (source, from, rule) => this.flow.passed(source, from, rule),
      learned: (ends) => this.tenure.seeForeignClaims(ends),
    });
    this.flow.listeners.add((commits) => commits.forEach((commit) => this.sources.confirmed(commit)));
    this.tenure = new Tenure({ options, holdings: this.holdings, recovery: this.recovery, sources: this.sources, flow: this.flow, counters: this.counters });
  }

  add(definition: ServiceDefinition, effects: EffectHandlers = {}): void {
    this.holdings.add(definition, effects);
  }

  /** Joins the members; resolves when this process's share of the partitions is owned and has caught up. */
  async start(): Promise<void> {
    const services = [...this.holdings.services.keys()];
    await this.recovery.checkClock();
    await this.tenure.begin(services);
    if (!this.stopping) void this.sources.watch(services);
  }

  /** Lets decisions finish, then goes; what is not confirmed by then is as after a crash. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.tenure.end();
    this.sources.stop();
    const lanes = [...this.holdings.distinctLanes()];
    const drained = new AbortController();
    void stopIdle(lanes).then(() => drained.abort());
    await delay(this.options.ports.timers, DRAIN_MS, drained.signal);
    for (const lane of lanes) lane.stopped = true;
    await this.options.membership.leave();
  }

  partitionOf(key: string): number {
    return partitionOf(key, this.options.partitions);
  }

  owned(service: string): ReadonlyMap<number, OwnedPartition> {
    return this.holdings.of(service);
  }

  hosts(service: string): boolean {
    return this.holdings.of(service).size > 0;
  }

  /** Every partition owned here, as confirmed: of one lane, all at one cut. */
  states(): PartitionState[] {
    return this.holdings.all().map((owned) => owned.confirmedState());
  }

  /** Inputs and commits that are not in the log yet. */
  get backlog(): number {
    return this.holdings.backlog;
  }

  /** A direct input; resolves when its decision is in the log, with a refusal as a value; rejects where this process does not own the partition. */
  submit(service: string, partition: number, message: Message): Promise<Outcome | Refusal> {
    const owned = this.holdings.of(service).get(partition);
    if (!owned || this.stopping) return Promise.reject(new NotOwned(`${service}/${partition}`));
    if (this.holdings.laneOf(owned)!.backlog > BACKLOG_LIMIT) return Promise.reject(new Overloaded(`${service}/${partition}: the log does not keep up`));
    return this.direct(owned, message);
  }

  /** Every commit of this process's partitions once it is in the log, in order per partition. */
  onConfirmed(listener: (commits: readonly Confirmed[]) => void): () => void {
    this.flow.listeners.add(listener);
    return () => this.flow.listeners.delete(listener);
  }

  /** Called when partitions came to this process or left it. */
  onOwned(listener: () => void): () => void {
    this.tenure.listeners.add(listener);
    return () => this.tenure.listeners.delete(listener);
  }

  takeSnapshot(owned: OwnedPartition): Promise<void> {
    return this.snapshots.take(owned);
  }

  /** Snapshots that are due by time, and the clock; called every minute or so by who hosts us. */
  async housekeeping(): Promise<void> {
    await this.holdWhileClockIsWrong();
    await this.snapshots.takeDue(this.holdings.all());
  }

  private direct(owned: OwnedPartition, message: Message): Promise<Outcome | Refusal> {
    return new Promise((resolve, reject) => {
      const lane = this.holdings.laneOf(owned);
      if (!lane) return reject(new NotOwned(owned.name));
      lane.push({ kind: 'direct', target: owned, message, resolve, reject });
    });
  }

  private ignore(verdict: string, partition: string): void {
    this.counters.ignored[verdict] = (this.counters.ignored[verdict] ?? 0) + 1;
    if (verdict === 'gap' || verdict === 'bad-hash' || verdict === 'unreadable') this.options.log.error('a record of the log breaks the rule', { partition, verdict });
  }

  private async holdWhileClockIsWrong(): Promise<void> {
    for (;;) {
      try {
        await this.recovery.checkClock();
        for (const lane of this.holdings.distinctLanes()) lane.hold(false);
        return;
      } catch (error) {
        if (!(error instanceof ClockSkew)) throw error;
        this.options.log.error('nothing is decided', { error: error.message });
        for (const lane of this.holdings.distinctLanes()) lane.hold(true);
        await delay(this.options.ports.timers, RECHECK_MS);
        if (this.stopping) return;
      }
    }
  }
}

/** Stops lanes as soon as all are idle at once: what one brought into the log is an input of another. */
async function stopIdle(lanes: readonly Lane[]): Promise<void> {
  while (lanes.some((lane) => lane.busy)) await Promise.all(lanes.map((lane) => lane.drained()));
  for (const lane of lanes) lane.stopped = true;
}
