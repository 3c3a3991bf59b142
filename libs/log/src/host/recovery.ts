import { nameOf } from '../driver.ts';
import { decode, encodeClaim, type Commit } from '../record.ts';
import { judgeBeginning } from '../rule.ts';
import type { HostOptions } from './options.ts';
import { PartitionHalted, type OwnedPartition } from './partition.ts';
import type { SnapshotKeeper } from './snapshot-keeper.ts';

/** Rivals may be faster this often before claiming is given up. */
const CLAIM_ROUNDS = 20;
/** More than this between our clock and the log's: neither claim nor append. */
const SKEW_MS = 1_000;

/** Claims partitions and brings their state to what the log says. */
export class Recovery {
  /** Our newest claim per partition: reading stops there. */
  private readonly claims = new Map<string, { readonly owner: string; readonly epoch: number }>();
  private readonly options: HostOptions;
  private readonly snapshots: SnapshotKeeper;
  private readonly ignore: (verdict: string, partition: string) => void;

  constructor(options: HostOptions, snapshots: SnapshotKeeper, ignore: (verdict: string, partition: string) => void) {
    this.options = options;
    this.snapshots = snapshots;
    this.ignore = ignore;
  }

  /** Claims until each claim is in the log; where a rival was faster, again on top of its claim. */
  async claim(partitions: readonly OwnedPartition[]): Promise<void> {
    const { driver, ports, address } = this.options;
    await this.checkClock();
    let left = [...partitions];
    for (let round = 0; left.length > 0; round++) {
      if (round > CLAIM_ROUNDS) throw new Overtaken(`cannot claim ${left.map((each) => each.name).join(', ')}: another process claims them at the same time`);
      const heads = await driver.heads([...new Set(left.map((each) => each.topic))]);
      const requests = left.map((each) => {
        const epoch = (heads.get(each.name)?.epoch ?? 0) + 1;
        const owner = ports.random.uuid();
        return { topic: each.topic, partition: each.partition, epoch, owner, address, record: encodeClaim({ epoch, owner, address, partitions: this.options.partitions, time: ports.clock.now() }) };
      });
      const won = new Set((await driver.claim(requests)).map(nameOf));
      for (const request of requests) if (won.has(nameOf(request))) this.claims.set(nameOf(request), request);
      left = left.filter((each) => !won.has(each.name));
    }
  }

  /** After doubt: claims again what is still ours, and answers what is not because of another's claim. */
  async reclaim(partitions: readonly OwnedPartition[]): Promise<readonly OwnedPartition[]> {
    const heads = await this.options.driver.heads([...new Set(partitions.map(({ topic }) => topic))]);
    // By our claims, not by what was folded: a reading that failed may have come to the other's claim.
    const isOurs = ({ name }: OwnedPartition) => (heads.get(name)?.epoch ?? 0) <= (this.claims.get(name)?.epoch ?? 0);
    await this.claim(partitions.filter(isOurs));
    return partitions.filter((each) => !isOurs(each));
  }

  /** State from the newest good snapshot and the log behind it; a partition that does not fold to what was lived is halted, and only that one. */
  async rebuild(owned: OwnedPartition): Promise<void> {
    try {
      await this.snapshots.restore(owned);
      await this.tail(owned, () => {});
    } catch (error) {
      if (!(error instanceof PartitionHalted)) throw error;
      owned.halted = error.message;
      this.options.log.error('a partition is read-only: its log does not fold to what was lived', { partition: owned.name, error: error.message });
    }
  }

  /** Folds the partition's log from its confirmed head to our own claim, by the rule. */
  async tail(owned: OwnedPartition, folded: (commit: Commit) => void): Promise<void> {
    for (;;) {
      const rows = await this.options.driver.read(owned, owned.position);
      for (const text of rows.flatMap((row) => row.records)) {
        const commit = this.admit(owned, text);
        if (commit) folded(commit);
      }
      if (owned.rule.owner === this.claims.get(owned.name)?.owner) return;
      if (rows.length === 0) throw new Overtaken(`${owned.name}: our claim is not in the log; another process claimed after us`);
    }
  }

  /** Rejects where this machine's clock and the log's are too far apart for times to mean anything. */
  async checkClock(): Promise<void> {
    const { driver, ports } = this.options;
    const before = ports.clock.now();
    const theirs = await driver.now();
    const after = ports.clock.now();
    const skew = theirs < before ? before - theirs : theirs > after ? theirs - after : 0;
    if (skew > SKEW_MS) throw new ClockSkew(`this machine's clock differs by ${Math.round(skew)} ms from the log's: set the clock (at most ${SKEW_MS} ms are allowed)`);
  }

  private admit(owned: OwnedPartition, text: string): Commit | undefined {
    const judged = judgeBeginning(owned.confirmed.rule, text);
    if (!judged) {
      this.ignore('unreadable', owned.name);
      return undefined;
    }
    const { record, verdict, state } = judged;
    if (verdict === 'commit') {
      const commit = decode(text);
      if (commit?.kind !== 'commit') throw new PartitionHalted(`${owned.name}: commit ${state.nextSeq - 1} cannot be read`);
      owned.apply(commit, state);
      return commit;
    }
    if (verdict === 'claim') {
      if (record?.kind === 'claim' && record.partitions !== this.options.partitions) {
        throw new Error(`topic ${owned.topic} was made with ${record.partitions} partitions and is configured with ${this.options.partitions}: set it back; the count never changes`);
      }
      owned.claimed(state);
    } else this.ignore(verdict, owned.name);
    return undefined;
  }
}

export class ClockSkew extends Error {}

/** Another process claims the same partition. */
export class Overtaken extends Error {}
