import { encodePosition } from '@novacron/kernel';
import { START, type LogReader, type RowPosition, type TopicPartition } from '../driver.ts';
import { decode, type Claim, type Commit } from '../record.ts';
import { EMPTY, judgeText, type RuleState, type Verdict } from '../rule.ts';

/** A record as it lies in the log, for people: what it says, what the rule says of it, and its hash. */
export interface ShownRecord {
  /** Of the commit; of the commit before it for a claim, and for what cannot be read. */
  readonly position: string;
  readonly verdict: Verdict | 'unreadable';
  readonly hash: string;
  /** Of its text. */
  readonly bytes: number;
  readonly record: Commit | Claim | { readonly kind: 'unreadable'; readonly text: string };
}

export interface RecordPage {
  readonly items: readonly ShownRecord[];
  /** The commit to go on from; absent at the end. */
  readonly next?: number;
}

/** Bytes of text in a page, about. */
const PAGE_BYTES = 1 << 20;

/**
 * Records of a partition from a commit on, ignored ones too, at most about `limit`: a claim and what the rule ignores come with the commit before
 * them. The rule state there is taken from the commit before.
 */
export async function recordPage(log: LogReader, source: TopicPartition, from: number, to: number, limit: number): Promise<RecordPage> {
  let rule = await ruleBefore(log, source, from);
  if (!rule) return { items: [] };
  const items: ShownRecord[] = [];
  for (let after: RowPosition = from === 0 ? START : { lastSeq: from - 1, epoch: rule.epoch }; ; ) {
    const rows = await log.read(source, after, PAGE_BYTES);
    if (rows.length === 0) return { items };
    after = rows.at(-1)!;
    for (const text of rows.flatMap((row) => row.records)) {
      const judged = judgeText(rule, text);
      // A segment may begin before the place from which on it is wanted.
      if (judged?.record.kind === 'commit' && judged.record.seq < from && judged.verdict === 'duplicate') continue;
      if (judged?.verdict === 'commit' && (judged.record as Commit).seq > to) return { items };
      if (judged?.verdict === 'commit' && items.length >= limit) return { items, next: (judged.record as Commit).seq };
      const position = encodePosition({ ...source, seq: judged?.record.kind === 'commit' ? judged.record.seq : Math.max(0, rule.nextSeq - 1) });
      items.push({ position, verdict: judged?.verdict ?? 'unreadable', hash: judged?.hash ?? '', bytes: Buffer.byteLength(text), record: judged?.record ?? { kind: 'unreadable', text } });
      if (judged) rule = judged.state;
    }
  }
}

/** What the rule knows just before a commit, by the commit before it; undefined where the log does not go so far. */
export async function ruleBefore(log: LogReader, source: TopicPartition, seq: number): Promise<RuleState | undefined> {
  if (seq <= 0) return EMPTY;
  const found = await recordAt(log, source, seq - 1);
  return found && { epoch: found.commit.epoch, owner: found.commit.owner, nextSeq: seq, head: found.hash };
}

/** One commit. Where several records carry its number, the one that the next commit continues. */
export async function recordAt(log: LogReader, source: TopicPartition, seq: number): Promise<{ commit: Commit; hash: string } | undefined> {
  const rows = await log.read(source, { lastSeq: seq - 1, epoch: Number.MAX_SAFE_INTEGER }, 1);
  const texts = rows.flatMap((row) => row.records);
  const candidates = texts.flatMap((text) => {
    const record = decode(text);
    if (record?.kind !== 'commit' || record.seq !== seq) return [];
    const { hash, verdict } = judgeText({ epoch: record.epoch, owner: record.owner, nextSeq: seq, head: record.prev }, text)!;
    return verdict === 'commit' ? [{ commit: record, hash }] : [];
  });
  const following = texts.map(decode).find((record): record is Commit => record?.kind === 'commit' && record.seq === seq + 1);
  return candidates.find(({ hash }) => hash === following?.prev) ?? candidates[0];
}

/** What a partition holds, read whole. */
export interface PartitionCount extends TopicPartition {
  readonly commits: number;
  readonly claims: number;
  readonly epoch: number;
  readonly owner: string;
  readonly rows: number;
  readonly bytes: number;
  readonly events: number;
  readonly ignored: Readonly<Partial<Record<Verdict | 'unreadable', number>>>;
  /** Log time of the first and last commit, ms; null where there is none. */
  readonly firstTime: number | null;
  readonly lastTime: number | null;
}

export async function countPartition(log: LogReader, source: TopicPartition): Promise<PartitionCount> {
  let rule = EMPTY;
  const count = { rows: 0, bytes: 0, claims: 0, events: 0, ignored: {} as Record<string, number>, firstTime: null as number | null, lastTime: null as number | null };
  for (let after: RowPosition = START; ; ) {
    const rows = await log.read(source, after, PAGE_BYTES);
    if (rows.length === 0) break;
    after = rows.at(-1)!;
    count.rows += rows.length;
    for (const text of rows.flatMap((row) => row.records)) {
      count.bytes += Buffer.byteLength(text);
      const judged = judgeText(rule, text);
      if (judged) rule = judged.state;
      if (judged?.verdict === 'claim') count.claims++;
      else if (judged?.verdict === 'commit') {
        const { time, events } = judged.record as Commit;
        count.events += events.length;
        count.firstTime ??= time;
        count.lastTime = time;
      } else count.ignored[judged?.verdict ?? 'unreadable'] = (count.ignored[judged?.verdict ?? 'unreadable'] ?? 0) + 1;
    }
  }
  return { ...source, commits: rule.nextSeq, epoch: rule.epoch, owner: rule.owner, ...count };
}

/** A commit and the one that it answers, and so on, the newest first; at most `limit`. `undefined` where the log has no such commit. */
export async function causesOf(log: LogReader, position: TopicPartition & { readonly seq: number }, limit: number): Promise<readonly ShownRecord[] | undefined> {
  const chain: ShownRecord[] = [];
  for (let at: (TopicPartition & { readonly seq: number }) | undefined = position; at && chain.length < limit; ) {
    const found = await recordAt(log, at, at.seq);
    if (!found) return chain.length === 0 ? undefined : chain;
    const { commit, hash } = found;
    chain.push({ position: encodePosition({ topic: at.topic, partition: at.partition, seq: at.seq }), verdict: 'commit', hash, bytes: 0, record: commit });
    at = commit.input;
  }
  return chain;
}
