import { nameOf, positionOf, type LogDriver, type Row, type RowPosition, type TopicPartition } from '../driver.ts';
import type { Commit } from '../record.ts';
import { EMPTY, judgeText, type RuleState } from '../rule.ts';

/** The first page: most prefixes end soon. */
const FIRST_PAGE_BYTES = 256 << 10;
const PAGE_BYTES = 4 << 20;

/** The log of a partition cannot be read past a commit; the message names it. */
export class LogBroken extends Error {}

/** How far to read: through the commit `seq`, and through every commit of log time `time` (ms) or before; -1 asks for nothing. */
export interface Goal {
  readonly seq: number;
  readonly time: number;
}

interface Judged {
  readonly commit: Commit;
  readonly rule: RuleState;
}

/** Goes forward through the valid commits of one partition, from the start or from behind a commit whose rule state is known. */
export class CommitReader {
  private readonly driver: LogDriver;
  private readonly source: TopicPartition;
  private rule: RuleState;
  private position: RowPosition;
  private limit = FIRST_PAGE_BYTES;
  private texts: readonly string[] = [];
  private next = 0;
  /** Read and not wanted yet. */
  private held: Judged | undefined;
  /** The next page is fetched while this one is read. */
  private page: Promise<readonly Row[]> | undefined;

  constructor(driver: LogDriver, source: TopicPartition, rule: RuleState = EMPTY) {
    this.driver = driver;
    this.source = source;
    this.rule = rule;
    this.position = positionOf(rule);
  }

  /** Hands over the commits up to the goal; ends at the head. */
  async readTo({ seq, time }: Goal, take: (commit: Commit, rule: RuleState) => void): Promise<void> {
    const reached = () => time < 0 && (this.held?.commit.seq ?? this.rule.nextSeq) > seq;
    do {
      while (!reached() && (this.held ??= this.judgeNext())) {
        const { commit, rule } = this.held;
        if (commit.seq > seq && commit.time > time) return;
        this.held = undefined;
        take(commit, rule);
      }
    } while (!reached() && (await this.turnPage()));
  }

  private judgeNext(): Judged | undefined {
    while (this.next < this.texts.length) {
      const judged = judgeText(this.rule, this.texts[this.next++]!);
      if (!judged) throw new LogBroken(`${nameOf(this.source)}: a record after commit ${this.rule.nextSeq - 1} cannot be read`);
      const { record, verdict, state } = judged;
      if (verdict === 'gap' || verdict === 'bad-hash') throw new LogBroken(`${nameOf(this.source)}: the record after commit ${this.rule.nextSeq - 1} breaks the chain (${verdict})`);
      this.rule = state;
      if (verdict === 'commit') return { commit: record as Commit, rule: state };
    }
    return undefined;
  }

  /** False at the head. */
  private async turnPage(): Promise<boolean> {
    let rows = (await this.page) ?? [];
    // What was fetched ahead may have met a head that has moved since.
    if (rows.length === 0) rows = await this.fetch();
    this.page = undefined;
    if (rows.length === 0) return false;
    this.position = rows.at(-1)!;
    this.texts = rows.length === 1 ? rows[0]!.records : rows.flatMap((row) => row.records);
    this.next = 0;
    this.limit = PAGE_BYTES;
    this.page = this.fetch();
    this.page.catch(() => {});
    return true;
  }

  private fetch(): Promise<readonly Row[]> {
    return this.driver.read(this.source, this.position, this.limit);
  }
}
