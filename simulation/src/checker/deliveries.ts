import { hash } from 'node:crypto';
import { placeOf, type Cited, type Claim, type Commit } from './reading.ts';
import type { Answered, Report } from './rule.ts';

/** A source commit with events for one partition, not wholly answered there. */
interface Waiting {
  readonly seq: number;
  readonly answers: Answered[];
}

interface Known {
  readonly epoch: number;
  readonly owner: string;
  readonly hash: string;
}

/** What a new owner must have answered before any of its timers may go. */
interface Backlog {
  readonly epoch: number;
  readonly upTo: ReadonlyMap<string, number>;
}

/**
 * Invariant 6: cursors never go back, and every event that was addressed to a partition is answered there once, in the order of its source. Keeps what
 * was addressed and not answered, so a commit that counts finds the events that it answers.
 */
export class Deliveries {
  /** Destination to source to what waits, oldest first. */
  private readonly waiting = new Map<string, Map<string, Waiting[]>>();
  private readonly cursors = new Map<string, Map<string, readonly [seq: number, index: number]>>();
  private readonly known = new Map<string, Known[]>();
  private readonly backlogs = new Map<string, Backlog>();
  private readonly addresses = new Map<string, string>();
  private readonly words = new Map<string, number>();
  private partitions = 0;
  private readonly report: Report;
  private readonly reportFence: Report;

  /** What cites a commit that does not count is told to the second: its writer obeyed an epoch that was over. */
  constructor(report: Report, reportFence: Report) {
    this.report = report;
    this.reportFence = reportFence;
  }

  /** Before the commits of the same step are noted: what is there already when the claim lands. */
  claimed(claim: Claim): void {
    this.partitions = claim.partitions;
    const taken = this.addresses.get(claim.name) !== claim.address;
    this.addresses.set(claim.name, claim.address);
    // Who claims again what it has, after doubt about an append, was there all along.
    if (!taken) return void this.backlogs.delete(claim.name);
    const upTo = new Map<string, number>();
    for (const [source, queue] of this.waiting.get(claim.name) ?? []) if (queue.length > 0) upTo.set(source, queue.at(-1)!.seq);
    this.backlogs.set(claim.name, { epoch: claim.epoch, upTo });
  }

  /** A commit that counts: whom its events are addressed to. */
  landed(commit: Commit): void {
    let known = this.known.get(commit.name);
    if (!known) this.known.set(commit.name, (known = []));
    known.push({ epoch: commit.epoch, owner: commit.owner, hash: commit.hash });
    for (const [index, recipients] of commit.to.entries()) {
      for (const [service, key] of recipients) this.address(`${service}/${this.partitionOf(key)}`, commit, index);
    }
  }

  /** The events that the commit answers. */
  answer(commit: Commit): readonly Answered[] {
    if (commit.cause?.startsWith('timer:')) this.checkBacklog(commit);
    const { cited } = commit;
    if (!cited) return NONE;
    this.checkCitation(commit, cited);
    this.moveCursor(commit, cited);
    const queue = this.waiting.get(commit.name)?.get(cited.source) ?? [];
    while (queue.length > 0 && queue[0]!.seq < cited.seq) {
      const { seq, answers } = queue.shift()!;
      this.report(placeOf(commit), `goes on to ${cited.source}/${cited.seq} and leaves out ${answers.map(({ event }) => event.type).join(', ')} of ${cited.source}/${seq}`);
    }
    if (queue[0]?.seq !== cited.seq) {
      if (commit.events.length > 0) this.report(placeOf(commit), `answers ${cited.source}/${cited.seq}, of which nothing waits for ${commit.name}`);
      return NONE;
    }
    const { answers } = queue[0];
    const answered = answers.filter(({ index }) => index <= cited.index);
    if (answered.length === answers.length) queue.shift();
    else answers.splice(0, answered.length);
    return answered;
  }

  /** What was never answered. */
  end(): void {
    for (const [destination, sources] of this.waiting) {
      for (const [source, queue] of sources) {
        const [first] = queue;
        if (first) this.report(`${source}/${first.seq}`, `${first.answers.map(({ event }) => event.type).join(', ')} was never answered by ${destination}, with ${queue.length - 1} commits behind it`);
      }
    }
  }

  /** Of all partitions together; nothing waits in a system at rest. */
  get open(): number {
    let count = 0;
    for (const sources of this.waiting.values()) for (const queue of sources.values()) count += queue.length;
    return count;
  }

  private address(destination: string, commit: Commit, index: number): void {
    let sources = this.waiting.get(destination);
    if (!sources) this.waiting.set(destination, (sources = new Map()));
    let queue = sources.get(commit.name);
    if (!queue) sources.set(commit.name, (queue = []));
    const answer = { event: commit.events[index]!, index };
    const last = queue.at(-1);
    if (last?.seq !== commit.seq) queue.push({ seq: commit.seq, answers: [answer] });
    // An event with two addresses in one partition is one input.
    else if (last.answers.at(-1)!.index !== index) last.answers.push(answer);
  }

  private checkCitation(commit: Commit, { source, seq, epoch, owner, head }: Cited): void {
    const known = this.known.get(source)?.[seq];
    if (!known) this.reportFence(placeOf(commit), `cites ${source}/${seq}, which is not in the log`);
    else if (known.epoch !== epoch || known.owner !== owner || known.hash !== head) this.reportFence(placeOf(commit), `cites another ${source}/${seq} than the one that counts`);
  }

  private moveCursor(commit: Commit, { source, seq, index }: Cited): void {
    let cursors = this.cursors.get(commit.name);
    if (!cursors) this.cursors.set(commit.name, (cursors = new Map()));
    const before = cursors.get(source);
    if (before && (seq < before[0] || (seq === before[0] && index <= before[1]))) {
      this.report(placeOf(commit), `sets the cursor of ${source} to ${seq}.${index}, and it was at ${before.join('.')}`);
    }
    cursors.set(source, [seq, index]);
  }

  /** Answers that came in time beat deadlines that passed during an outage (protocols.md section 2). */
  private checkBacklog(commit: Commit): void {
    const backlog = this.backlogs.get(commit.name);
    if (backlog?.epoch !== commit.epoch) return;
    for (const [source, seq] of backlog.upTo) {
      const first = this.waiting.get(commit.name)?.get(source)?.[0];
      if (first && first.seq <= seq) this.report(placeOf(commit), `${commit.cause} fires in epoch ${commit.epoch} before ${source}/${first.seq} is answered, which was there when that epoch was claimed`);
    }
    this.backlogs.delete(commit.name);
  }

  /** First 4 bytes of SHA-256 of the key, modulo the partition count (protocols.md section 1). */
  private partitionOf(key: string): number {
    let word = this.words.get(key);
    if (word === undefined) this.words.set(key, (word = hash('sha256', key, 'buffer').readUInt32BE(0)));
    return word % this.partitions;
  }
}

const NONE: readonly Answered[] = [];
