import type { Head, LogDriver, Row, RowPosition, TopicPartition } from '../driver.ts';
import { ChainAudit, isFault, type AuditState, type ChainFault } from './chain.ts';
import type { SignedHead } from './statement.ts';

const PAGE_BYTES = 4 << 20;

export interface AuditSpec {
  readonly driver: LogDriver;
  readonly source: TopicPartition;
  /** Of this partition, checked by `joinStatements`. */
  readonly statements: readonly SignedHead[];
  /** See `ChainAuditOptions`. */
  readonly fenced: boolean;
  /** What the store's books said before reading began. */
  readonly books?: Head | undefined;
  /** Only these commits: from the last signed head before the first to the first one behind the last. */
  readonly range?: { readonly from: number; readonly to: number } | undefined;
}

export interface Audited {
  readonly read: AuditState['read'];
  /** Signed heads that the log agreed with. */
  readonly agreed: number;
  /** Commits behind the last signed head: what could still be changed unseen by who can rewrite log and books. */
  readonly unsigned: number;
  /** The first; what comes after a broken link means nothing. */
  readonly fault?: ChainFault;
}

/** Reads a partition as it lies in the log and checks every record, every link and every signed head. */
export async function auditPartition({ driver, source, statements, fenced, books, range }: AuditSpec): Promise<Audited> {
  const audit = new ChainAudit(source, statements, { fenced });
  const begun = audit.begin(range?.from);
  const skip = begun.state.rule.nextSeq - 1;
  let { state, after } = begun;
  const result = (fault?: ChainFault): Audited => ({
    read: state.read, agreed: state.next - begun.state.next, unsigned: Math.max(0, state.rule.nextSeq - 1 - (statements[state.next - 1]?.seq ?? -1)), ...(fault && { fault }),
  });
  // A range ends with the first signed head at or behind it, so that a chain that was made anew is seen.
  const until = range ? (statements.find(({ seq }) => seq >= range.to)?.seq ?? range.to) : Infinity;
  while (state.rule.nextSeq <= until) {
    const rows = await readable(driver, source, after);
    if (typeof rows === 'string') return result(audit.unreadable(state, rows));
    if (rows.length === 0) return result(audit.end(state, books));
    for (const row of rows) {
      const next = audit.row(state, row, skip);
      if (isFault(next)) return result(next);
      state = next;
    }
    after = rows.at(-1)!;
  }
  return result();
}

/** The next rows; where a page cannot be read, the rows before the damaged one alone; a sentence where that is the next. */
async function readable(driver: LogDriver, source: TopicPartition, after: RowPosition): Promise<readonly Row[] | string> {
  try {
    return await driver.read(source, after, PAGE_BYTES);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  try {
    return await driver.read(source, after, 1);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return (error as Error).message;
  }
}

/** What zlib says of a segment that is no longer one. */
const isDamage = (error: unknown): boolean => /^Z_/.test(String((error as { code?: unknown }).code ?? ''));
