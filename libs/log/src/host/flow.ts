import type { TopicPartition } from '../driver.ts';
import type { EffectRequest } from '../record.ts';
import type { RuleState } from '../rule.ts';
import type { EffectRunner } from './effects.ts';
import type { Holdings } from './holdings.ts';
import { outcomeOf, type Confirmed, type Decided, type Landed, type SourceInput } from './input.ts';
import type { HostCounters, HostOptions } from './options.ts';
import type { OwnedPartition } from './partition.ts';
import { scanMarks } from './scan-marks.ts';
import type { SnapshotKeeper } from './snapshot-keeper.ts';
import { routed } from './source.ts';
import { Timekeeper } from './timekeeper.ts';

/** With more undecided than this, something of a source may be among it that a scan mark would pass over. */
const SCAN_MARK_BACKLOG = 1_000;
/** A source is looked at for scan marks once in so many of its commits. */
const SCAN_MARK_EVERY = 1_000;

/** What becomes of a decision: who of this process hears of it, and what is done once it is in the log. */
export class Flow {
  readonly listeners = new Set<(commits: readonly Confirmed[]) => void>();
  private readonly timekeeper: Timekeeper;
  private readonly options: HostOptions;
  private readonly holdings: Holdings;
  private readonly effects: EffectRunner;
  private readonly snapshots: SnapshotKeeper;
  private readonly counters: HostCounters;

  constructor(options: HostOptions, holdings: Holdings, effects: EffectRunner, snapshots: SnapshotKeeper, counters: HostCounters) {
    this.options = options;
    this.holdings = holdings;
    this.effects = effects;
    this.snapshots = snapshots;
    this.counters = counters;
    this.timekeeper = new Timekeeper(options.ports, (input) => this.holdings.laneOf(input.target)?.push(input));
  }

  /** The partition has caught up: its open effects are done again, its timers may fire. */
  open(owned: OwnedPartition): void {
    owned.open = true;
    this.runEffects(owned, owned.openEffects(), true);
    this.timekeeper.arm(owned);
  }

  /** Waits for the partition's next timer, as its state says now. */
  arm(owned: OwnedPartition): void {
    this.timekeeper.arm(owned);
  }

  /** Ends what rests on the claim: effects, timers. */
  close(owned: OwnedPartition): void {
    owned.claim.abort();
    owned.open = false;
    owned.cancelWake?.();
  }

  /** Somebody may answer this. */
  decided(decided: Decided): void {
    const { driver } = this.options;
    if (driver.hurry && decided.to.some((recipients) => recipients.length > 0)) driver.hurry(concerned(decided));
    this.route(decided, false);
  }

  /** Hands a decision to those of our own partitions that it is addressed to: at once inside a lane, once confirmed across lanes. */
  private route(decided: Decided, confirmed: boolean): void {
    const { owned, seq, rule } = decided;
    const inputs = routed(decided.to, decided.events, this.holdings.find);
    if (!inputs) return;
    const lane = this.holdings.laneOf(owned);
    for (const [target, events] of inputs) {
      const within = this.holdings.laneOf(target) === lane;
      if (within !== confirmed) this.offer({ kind: 'source', target, events, from: originOf(owned, seq, rule), ...(!confirmed && { speculative: true }) });
    }
  }

  offer(input: SourceInput): void {
    const waiting = input.target.detached.get(input.from.name);
    if (waiting) waiting.push(input);
    else this.holdings.laneOf(input.target)?.push(input);
  }

  /** These commits are in the log, in order. */
  confirm(batch: readonly Decided[]): void {
    this.counters.appends++;
    this.counters.commits += batch.length;
    const confirmed: Confirmed[] = [];
    const rearmed = new Set<OwnedPartition>();
    for (const decided of batch) {
      const { owned, input } = decided;
      if (!this.options.driver.joint) this.route(decided, true);
      this.snapshots.count(owned);
      confirmed.push(confirmedOf(decided));
      if (decided.timersChanged) rearmed.add(owned);
      if (decided.effects.length) this.runEffects(owned, decided.effects);
      if (input.kind === 'direct' && decided.complete) input.resolve(outcomeOf(decided));
      this.passed(owned, decided.seq, decided.rule);
    }
    for (const listener of this.listeners) listener(confirmed);
    for (const owned of rearmed) this.timekeeper.arm(owned);
  }

  /** Tells of a commit that was found in the log, whoever owns its partition by now. */
  announce({ owned, commit, rule }: Landed): void {
    const { seq, time, events, to, cause, input: source } = commit;
    this.counters.commits++;
    for (const [target, addressed] of routed(to, events, this.holdings.find) ?? []) {
      this.offer({ kind: 'source', target, events: addressed, from: originOf(owned, seq, rule) });
    }
    for (const listener of this.listeners) listener([{ topic: owned.topic, partition: owned.partition, seq, time, events, to, cause, source, rule }]);
  }

  /** Does what commits that were found ask for, once their partitions are known to be ours still. */
  resume(landed: readonly Landed[]): void {
    for (const { owned, commit } of landed) this.runEffects(owned, commit.effects);
    for (const owned of new Set(landed.map((each) => each.owned))) this.timekeeper.arm(owned);
  }

  /** A source was read, or decided, on from the commit `from` up to here. */
  passed(source: TopicPartition, from: number, rule: RuleState): void {
    if (Math.floor(from / SCAN_MARK_EVERY) !== Math.floor(rule.nextSeq / SCAN_MARK_EVERY)) this.considerScanMarks(source, rule);
  }

  private considerScanMarks(source: TopicPartition, rule: RuleState): void {
    for (const mark of scanMarks(source, rule, this.holdings.hearing(source.topic))) {
      const lane = this.holdings.laneOf(mark.target);
      if (!lane || lane.backlog > SCAN_MARK_BACKLOG) continue;
      this.counters.scanMarks++;
      lane.push(mark);
    }
  }

  private runEffects(owned: OwnedPartition, requests: readonly EffectRequest[], inherited = false): void {
    if (owned.open) this.effects.run(owned, requests, this.holdings.services.get(owned.topic)!.effects, inherited);
  }
}

/** Topics whose owners a decision asks something, and the one that made it. */
function concerned({ to, input }: Decided): Set<string> {
  const topics = new Set(to.flatMap((recipients) => recipients.map(([service]) => service)));
  if (input.kind === 'source') topics.add(input.from.topic);
  return topics;
}

const originOf = ({ name, topic, partition }: OwnedPartition, seq: number, { epoch, owner, head }: RuleState) => ({ name, topic, partition, seq, epoch, owner, head });

function confirmedOf({ owned, input, seq, time, events, to, rule }: Decided): Confirmed {
  return {
    topic: owned.topic, partition: owned.partition, seq, time, events, to, rule,
    cause: input.kind === 'source' ? undefined : input.kind, source: input.kind === 'source' ? input.from : undefined,
  };
}
