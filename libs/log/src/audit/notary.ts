import { Alarm, type Ports } from '@novacron/kernel';
import { nameOf, positionOf, type LogDriver, type TopicPartition } from '../driver.ts';
import type { Confirmed } from '../host/input.ts';
import type { HostLog } from '../host/options.ts';
import { EMPTY, judgeText, type RuleState } from '../rule.ts';
import { SIGN_EVERY } from './chain.ts';
import { HeadTaken, type HeadStore } from './heads.ts';
import { openHead, signHead, withClaim, type SignedHead } from './statement.ts';
import type { Signer } from './signing.ts';

/** How often partitions are looked at for claims, and for commits that have waited too long for a signature. */
const LOOK_MS = 2_000;

/** What the notary needs of a process's host. */
export interface Notarised {
  onConfirmed(listener: (commits: readonly Confirmed[]) => void): () => void;
  owned(service: string): ReadonlyMap<number, { readonly rule: RuleState }>;
}

export interface NotaryOptions {
  readonly host: Notarised;
  readonly driver: LogDriver;
  readonly heads: HeadStore;
  readonly signer: Signer;
  readonly ports: Ports;
  readonly log: HostLog;
  readonly topics: readonly string[];
  /** A commit is signed after this at the latest; ms. */
  readonly within: number;
  /** Takes signed lines off this machine, or closer to it. */
  readonly exported?: (lines: readonly string[]) => Promise<void>;
}

/** What is known of a partition of this process: its last statement, and the claims up to its epoch. */
interface Desk {
  readonly source: TopicPartition;
  readonly epoch: number;
  last: Pick<SignedHead, 'n' | 'hash' | 'seq'>;
  readonly claims: string;
  signedAt: number;
}

/**
 * Signs the heads of this process's partitions: at every claim, every 1,000 commits, and after a while. It signs what the owner remembers having
 * written, not what the store says now; and a partition that no longer holds what was signed before is never signed again.
 */
export class Notary {
  private readonly desks = new Map<string, Desk>();
  /** Head by partition, as confirmed and not signed. */
  private readonly open = new Map<string, Confirmed>();
  /** Partition to the epoch at which its log was found to deny its last statement. */
  private readonly denied = new Map<string, number>();
  private readonly options: NotaryOptions;
  private readonly alarm: Alarm;
  private unhook = () => {};
  private stopping = false;
  private finished: Promise<void> = Promise.resolve();
  private unexported: string[] = [];

  constructor(options: NotaryOptions) {
    this.options = options;
    this.alarm = new Alarm(options.ports.timers);
  }

  start(): void {
    this.unhook = this.options.host.onConfirmed((commits) => this.hear(commits));
    this.finished = this.loop();
  }

  /** Signs what is open, and goes. */
  async stop(): Promise<void> {
    this.unhook();
    this.stopping = true;
    this.alarm.ring();
    await this.finished;
  }

  private hear(commits: readonly Confirmed[]): void {
    let due = false;
    for (const commit of commits) {
      const name = nameOf(commit);
      this.open.set(name, commit);
      const desk = this.desks.get(name);
      due ||= desk === undefined || commit.seq - desk.last.seq >= SIGN_EVERY;
    }
    if (due) this.alarm.ring();
  }

  private async loop(): Promise<void> {
    for (let last = false; !last; ) {
      last = this.stopping;
      try {
        await this.adopt();
        await this.sign(last);
        await this.exportLines();
      } catch (error) {
        this.options.log.warn('heads are not signed now; tried again', { error: (error as Error).message });
      }
      if (!this.stopping) await this.alarm.wait(LOOK_MS);
    }
  }

  /** Takes up partitions that were claimed since. */
  private async adopt(): Promise<void> {
    const { host, topics, heads, signer } = this.options;
    const claimed = topics.flatMap((topic) => [...host.owned(topic)].map(([partition, { rule }]) => ({ topic, partition, epoch: rule.epoch })))
      .filter((each) => this.desks.get(nameOf(each))?.epoch !== each.epoch && this.denied.get(nameOf(each)) !== each.epoch);
    if (claimed.length === 0) return;
    const newest = new Map((await heads.newest([...new Set(claimed.map(({ topic }) => topic))])).map((kept) => [nameOf(kept), kept]));
    const first: SignedHead[] = [];
    for (const { epoch, ...source } of claimed) {
      const kept = newest.get(nameOf(source));
      const before = kept && openHead(kept.line, signer.publicKey);
      const head = typeof before === 'string' ? before : await this.firstOf(source, epoch, before);
      if (typeof head === 'string') this.deny(source, epoch, head);
      else if (head) first.push(head);
    }
    await this.keep(first);
  }

  /** The statement about a claim, on top of the last one; a sentence where the log denies that one; nothing while our claim is not seen yet. */
  private async firstOf(source: TopicPartition, epoch: number, before: SignedHead | undefined): Promise<SignedHead | string | undefined> {
    if (before && !(await this.holds(source, before))) return `commit ${before.seq} is not the one that was signed`;
    let rule: RuleState = before ? { epoch: before.epoch, owner: before.owner, nextSeq: before.seq + 1, head: before.head } : EMPTY;
    let claims = before?.claims ?? '';
    for (let after = positionOf(rule); rule.epoch !== epoch; ) {
      const rows = await this.options.driver.read(source, after);
      if (rows.length === 0) return undefined;
      after = rows.at(-1)!;
      for (const text of rows.flatMap((row) => row.records)) {
        const judged = judgeText(rule, text);
        if (!judged || rule.epoch === epoch) continue;
        rule = judged.state;
        if (judged.verdict === 'claim') claims = withClaim(claims, text);
      }
    }
    const { nextSeq, head, owner } = rule;
    return signHead(this.options.signer, { ...source, n: before ? before.n + 1 : 0, seq: nextSeq - 1, head, epoch, owner, claims, time: this.options.ports.clock.now(), prev: before?.hash ?? '' });
  }

  /** Whether the log still has the commit that was signed. */
  private async holds(source: TopicPartition, { seq, head, epoch, owner }: SignedHead): Promise<boolean> {
    if (seq < 0) return true;
    const rows = await this.options.driver.read(source, { lastSeq: seq - 1, epoch: Number.MAX_SAFE_INTEGER }, 1);
    const texts = rows.flatMap((row) => row.records);
    return texts.some((text) => {
      const judged = judgeText({ epoch, owner, nextSeq: seq, head: '' }, text);
      return judged?.record.kind === 'commit' && judged.record.seq === seq && judged.hash === head;
    });
  }

  private deny(source: TopicPartition, epoch: number, detail: string): void {
    this.denied.set(nameOf(source), epoch);
    this.desks.delete(nameOf(source));
    this.options.log.error('the log is not what was signed: its heads are not signed any more; see novacron audit verify', { partition: nameOf(source), detail });
  }

  private async sign(all: boolean): Promise<void> {
    const { signer, ports, within } = this.options;
    const now = ports.clock.monotonic();
    const due = [...this.open].flatMap(([name, { seq, rule }]) => {
      const desk = this.desks.get(name);
      if (!desk || desk.epoch !== rule.epoch || seq <= desk.last.seq) return [];
      if (!all && seq - desk.last.seq < SIGN_EVERY && now - desk.signedAt < within) return [];
      const { source, claims, last } = desk;
      return [signHead(signer, { ...source, n: last.n + 1, seq, head: rule.head, epoch: rule.epoch, owner: rule.owner, claims, time: ports.clock.now(), prev: last.hash })];
    });
    await this.keep(due);
  }

  private async keep(heads: readonly SignedHead[]): Promise<void> {
    if (heads.length === 0) return;
    try {
      await this.options.heads.add(heads);
    } catch (error) {
      // Another owner has taken a partition up: what this process knows of the last statements is old.
      if (error instanceof HeadTaken) this.desks.clear();
      throw error;
    }
    const now = this.options.ports.clock.monotonic();
    for (const { topic, partition, epoch, claims, n, hash, seq } of heads) {
      const source = { topic, partition };
      this.desks.set(nameOf(source), { source, epoch, claims, last: { n, hash, seq }, signedAt: now });
      if ((this.open.get(nameOf(source))?.seq ?? -1) <= seq) this.open.delete(nameOf(source));
    }
    if (this.options.exported) this.unexported.push(...heads.map(({ line }) => line));
  }

  private async exportLines(): Promise<void> {
    const lines = this.unexported;
    if (lines.length === 0) return;
    await this.options.exported!(lines);
    this.unexported = this.unexported.slice(lines.length);
  }
}
