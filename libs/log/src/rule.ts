import { beginningOf, decode, hashOf, type LogRecord } from './record.ts';

/** What a reader keeps per partition; a function of the log alone, so all readers agree for ever. */
export interface RuleState {
  readonly epoch: number;
  readonly owner: string;
  readonly nextSeq: number;
  /** Hash of the last valid commit; empty before the first. */
  readonly head: string;
}

export const EMPTY: RuleState = { epoch: 0, owner: '', nextSeq: 0, head: '' };

/** Why a record is ignored; `gap` and `bad-hash` in the current epoch cannot come from a correct owner: an alarm. */
export type Verdict = 'claim' | 'commit' | 'rival-claim' | 'stale' | 'duplicate' | 'gap' | 'bad-hash';

export interface Judgement {
  readonly verdict: Verdict;
  readonly state: RuleState;
}
export interface JudgedText extends Judgement {
  /** Empty for a claim. */
  readonly hash: string;
  /** Absent where only its beginning was read. */
  readonly record?: LogRecord;
}

/**
 * The validity rule (architecture.md section 3): `Claim(e, owner)` is valid iff `e == epoch + 1`; a commit is valid iff its epoch, owner,
 * seq and prevHash all match. Everything else leaves the state as it is.
 */
export function judge(state: RuleState, record: LogRecord, hash: string): Judgement {
  if (record.kind === 'claim') {
    if (record.epoch !== state.epoch + 1) return { verdict: 'rival-claim', state };
    return { verdict: 'claim', state: { epoch: record.epoch, owner: record.owner, nextSeq: state.nextSeq, head: state.head } };
  }
  if (record.epoch !== state.epoch || record.owner !== state.owner) return { verdict: 'stale', state };
  if (record.seq < state.nextSeq) return { verdict: 'duplicate', state };
  if (record.seq > state.nextSeq) return { verdict: 'gap', state };
  if (record.prev !== state.head) return { verdict: 'bad-hash', state };
  return committed(state, hash);
}

/** What the next commit, of this hash, makes of the state. */
function committed({ epoch, owner, nextSeq }: RuleState, hash: string): Judgement {
  return { verdict: 'commit', state: { epoch, owner, nextSeq: nextSeq + 1, head: hash } };
}

/**
 * The same from a record's text, for those who read a commit only where it concerns them (`commitOf`): the next one is known by its beginning, whatever
 * follows; all else is read whole. Undefined where the text is no record. `known`: the text's hash, where this process has made it before.
 */
export function judgeBeginning(state: RuleState, text: string, known?: string): JudgedText | undefined {
  const { epoch, owner, nextSeq, head } = state;
  if (!text.startsWith(beginningOf({ epoch, owner, seq: nextSeq, prev: head }))) return judgeText(state, text);
  const hash = known ?? hashOf(text);
  return { hash, ...committed(state, hash) };
}

/** The same from a record's text, read whole. Undefined where the text is no record. */
export function judgeText(state: RuleState, text: string): Required<JudgedText> | undefined {
  const record = decode(text);
  if (!record) return undefined;
  const hash = record.kind === 'commit' ? hashOf(text) : '';
  return { record, hash, ...judge(state, record, hash) };
}
