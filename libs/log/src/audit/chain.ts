import { nameOf, START, type Head, type Row, type RowPosition, type TopicPartition } from '../driver.ts';
import type { LogRecord } from '../record.ts';
import { EMPTY, judgeText, type RuleState, type Verdict } from '../rule.ts';
import { withClaim, type SignedHead } from './statement.ts';

/** The owner signs the head at least once in so many commits. */
export const SIGN_EVERY = 1_000;
/** Unsigned commits that an owner under load, or one that was killed, may leave; more means that statements are gone. */
const MOST_UNSIGNED = 2 * SIGN_EVERY;

/** Where a partition is not what was written: the damage lies at or between these two commits (a claim: behind one of them). */
export interface ChainFault {
  readonly partition: string;
  readonly from: number;
  readonly seq: number;
  readonly detail: string;
}

/** How far a partition is checked: a function of what was read, so that a check may go on from any place where another stopped. */
export interface AuditState {
  readonly rule: RuleState;
  readonly claims: string;
  /** Index of the next statement to be met. */
  readonly next: number;
  readonly read: { readonly commits: number; readonly claims: number; readonly ignored: Readonly<Partial<Record<Verdict, number>>> };
}

export interface ChainAuditOptions {
  /**
   * True where the store refuses what the rule would ignore (PostgreSQL: the fence is in the append's transaction): then whatever is ignored was put
   * there by somebody else. In Kafka a paused writer's records lie in the log for ever, and only counting is right.
   */
  readonly fenced: boolean;
}

/** Checks one partition against the rule and the signed statements about it. Pure: row by row, state to state. */
export class ChainAudit {
  private readonly partition: string;
  private readonly statements: readonly SignedHead[];
  private readonly options: ChainAuditOptions;

  constructor(source: TopicPartition, statements: readonly SignedHead[], options: ChainAuditOptions) {
    this.partition = nameOf(source);
    this.statements = statements;
    this.options = options;
  }

  /** The state before the first record, or, of a range, that of the last signed head before its first commit; and from where rows are then read. */
  begin(from?: number): { state: AuditState; after: RowPosition } {
    const read = { commits: 0, claims: 0, ignored: {} };
    const at = from === undefined ? -1 : this.statements.findLastIndex(({ seq }) => seq < from);
    const known = this.statements[at];
    if (!known) return { state: { rule: EMPTY, claims: '', next: 0, read }, after: START };
    const { epoch, owner, seq, head, claims } = known;
    return { state: { rule: { epoch, owner, nextSeq: seq + 1, head }, claims, next: at + 1, read }, after: { lastSeq: seq, epoch } };
  }

  /** The state after a row, or what is wrong with it. `skip`: records up to this commit were judged before. */
  row(state: AuditState, row: Row, skip = -1): AuditState | ChainFault {
    let at = state;
    let last: LogRecord | undefined;
    for (const text of row.records) {
      const after = this.record(at, text, skip);
      if ('detail' in after) return after;
      ({ state: at, record: last } = after);
    }
    return this.misplaced(state, at, row, last) ?? at;
  }

  /** What a row that cannot even be unpacked is. */
  unreadable(state: AuditState, why: string): ChainFault {
    return this.fault(state, `the segment there cannot be read: ${why}`);
  }

  /** What is missing when there are no more rows; `books` are those that the store kept when reading began. */
  end({ rule, next }: AuditState, books?: Head): ChainFault | undefined {
    const seq = rule.nextSeq;
    const cut = (detail: string) => ({ partition: this.partition, from: seq, seq, detail });
    const ahead = this.statements[next];
    if (ahead) return cut(`the log ends before commit ${seq}; signed head ${ahead.n} says that it had commit ${ahead.seq} and epoch ${ahead.epoch}`);
    if (books && (books.nextSeq > seq || books.epoch > rule.epoch)) return cut(`the log ends before commit ${seq}; the store's own books say ${books.nextSeq} and epoch ${books.epoch}`);
    const signed = (this.statements.at(-1)?.seq ?? -1) + 1;
    if (seq - signed <= MOST_UNSIGNED) return undefined;
    return { partition: this.partition, from: signed, seq: seq - 1, detail: `${seq - signed} commits have no signed head after them; an owner leaves ${MOST_UNSIGNED} at most: statements were taken away` };
  }

  private record(state: AuditState, text: string, skip: number): { state: AuditState; record: LogRecord } | ChainFault {
    const judged = judgeText(state.rule, text);
    if (!judged) return this.fault(state, 'a record there cannot be read');
    const { record, verdict, state: rule } = judged;
    if (verdict === 'duplicate' && record.kind === 'commit' && record.seq <= skip) return { state, record };
    const { read, claims } = state;
    if (verdict !== 'commit' && verdict !== 'claim') {
      if (this.isForeign(state.rule, record, verdict)) return this.fault(state, `a record there does not belong (${verdict})`);
      return { state: { ...state, read: { ...read, ignored: { ...read.ignored, [verdict]: (read.ignored[verdict] ?? 0) + 1 } } }, record };
    }
    const counted = verdict === 'commit' ? { ...read, commits: read.commits + 1 } : { ...read, claims: read.claims + 1 };
    return this.compare({ rule, claims: verdict === 'claim' ? withClaim(claims, text) : claims, next: state.next, read: counted }, record);
  }

  /** A gap or a wrong hash in the current epoch, and anything of an epoch that nobody claimed, comes from no correct owner, whatever the store. */
  private isForeign(rule: RuleState, record: LogRecord, verdict: Verdict): boolean {
    if (this.options.fenced || verdict === 'gap' || verdict === 'bad-hash') return true;
    return record.epoch > (record.kind === 'claim' ? rule.epoch + 1 : rule.epoch);
  }

  private compare(state: AuditState, record: LogRecord): { state: AuditState; record: LogRecord } | ChainFault {
    let { next } = state;
    const { rule, claims } = state;
    for (let said = this.statements[next]; said && isReached(said, rule); said = this.statements[++next]) {
      const equal = said.seq === rule.nextSeq - 1 && said.epoch === rule.epoch && said.owner === rule.owner && said.head === rule.head;
      if (equal && said.claims === claims) continue;
      const from = Math.max(0, this.statements[next - 1]?.seq ?? 0);
      const what = equal ? 'a claim was changed' : 'what the log holds up to there is not what was written';
      return { partition: this.partition, from, seq: Math.max(from, said.seq), detail: `signed head ${said.n} of ${new Date(said.time).toISOString()} differs: ${what}` };
    }
    return { state: { ...state, next }, record };
  }

  /** A fenced store keeps each row under what is in it. */
  private misplaced(before: AuditState, after: AuditState, row: Row, last: LogRecord | undefined): ChainFault | undefined {
    if (!this.options.fenced || !last) return undefined;
    const lastSeq = last.kind === 'commit' ? last.seq : after.rule.nextSeq - 1;
    if (row.epoch === last.epoch && row.lastSeq === lastSeq && (last.kind === 'commit' || row.records.length === 1)) return undefined;
    return { partition: this.partition, from: before.rule.nextSeq, seq: after.rule.nextSeq, detail: `the row that holds them is kept under commit ${row.lastSeq} and epoch ${row.epoch}` };
  }

  private fault({ rule: { nextSeq } }: AuditState, detail: string): ChainFault {
    return { partition: this.partition, from: Math.max(0, nextSeq - 1), seq: nextSeq, detail };
  }
}

const isReached = (said: SignedHead, { epoch, nextSeq }: RuleState): boolean => said.epoch < epoch || (said.epoch === epoch && said.seq <= nextSeq - 1);

export const isFault = (answer: AuditState | ChainFault): answer is ChainFault => 'detail' in answer;
