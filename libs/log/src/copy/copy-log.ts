import { nameOf, partitionNamed, START, type Head, type LogDriver, type LogReader, type RowPosition, type Segment, type TopicPartition } from '../driver.ts';
import type { Claim, Commit } from '../record.ts';
import { EMPTY, judgeText, type JudgedText, type Verdict } from '../rule.ts';

/** A copy that was not begun, or that does not hold; the message says why and what to do. */
export class CopyRefused extends Error {}

export interface CopySpec {
  /** Nobody appends to it meanwhile: looked at again at the end. */
  readonly from: LogReader;
  /** Empty. */
  readonly to: LogDriver;
  readonly topics: readonly string[];
  /** Told of each partition when it is copied. */
  readonly copied?: (source: TopicPartition, count: CopyCount) => void;
}

export interface CopyCount {
  readonly commits: number;
  readonly claims: number;
  /** Records that the rule ignores are left behind: they never counted. */
  readonly leftBehind: Readonly<Partial<Record<Verdict, number>>>;
}

const PAGE_BYTES = 4 << 20;
const SEGMENT_BYTES = 256 << 10;
const AT_ONCE = 4;

/**
 * Writes every valid record of the log into an empty one by nothing but claims and appends, each under its own epoch and owner: so the target's fence and
 * rule judge every record again, bytes, numbers and epochs stay, and the rule's state is equal record by record. Reads both again at the end.
 * Rejects with `CopyRefused` where the target is not empty, a record breaks the chain, or the source moved.
 */
export async function copyLog({ from, to, topics, copied }: CopySpec): Promise<ReadonlyMap<string, CopyCount>> {
  const there = await to.heads(topics);
  if (there.size > 0) throw new CopyRefused(`the target is not empty: it has ${there.size} partitions, ${[...there.keys()][0]} among them. Name an empty one; a log is never copied onto another.`);
  const heads = await from.heads(topics);
  const counts = new Map<string, CopyCount>();
  const waiting = [...heads.keys()].map(partitionNamed);
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let source = waiting.pop(); source; source = waiting.pop()) {
      const count = await copyPartition(from, to, source);
      counts.set(nameOf(source), count);
      copied?.(source, count);
    }
  }));
  for (const name of heads.keys()) await compare(from, to, partitionNamed(name));
  refuseMoved(heads, await from.heads(topics), 'the source has moved while it was copied: stop every process that writes it, empty the target, and copy again');
  refuseMoved(heads, await to.heads(topics), 'the target does not stand where the source does');
  return counts;
}

async function copyPartition(from: LogReader, to: LogDriver, source: TopicPartition): Promise<CopyCount> {
  const writer = new SegmentWriter(to, source);
  const count = { commits: 0, claims: 0, leftBehind: {} as Partial<Record<Verdict, number>> };
  for await (const { text, record, verdict } of records(from, source)) {
    if (verdict === 'claim') {
      count.claims++;
      await writer.claim(record as Claim, text);
    } else if (verdict === 'commit') {
      count.commits++;
      await writer.commit(record as Commit, text);
    } else count.leftBehind[verdict] = (count.leftBehind[verdict] ?? 0) + 1;
  }
  await writer.flush();
  return count;
}

/** Commits gathered into segments, so that a copy takes as few appends as it can. */
class SegmentWriter {
  private texts: string[] = [];
  private bytes = 0;
  private first: Commit | undefined;
  private readonly to: LogDriver;
  private readonly source: TopicPartition;

  constructor(to: LogDriver, source: TopicPartition) {
    this.to = to;
    this.source = source;
  }

  async claim({ epoch, owner, address }: Claim, record: string): Promise<void> {
    await this.flush();
    const won = await this.to.claim([{ ...this.source, epoch, owner, address, record }]);
    if (won.length === 0) throw new CopyRefused(`${nameOf(this.source)}: the target refuses the claim of epoch ${epoch}: somebody else claims there`);
  }

  async commit(commit: Commit, text: string): Promise<void> {
    this.first ??= commit;
    this.texts.push(text);
    this.bytes += text.length;
    if (this.bytes >= SEGMENT_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (!this.first) return;
    const { epoch, owner, seq } = this.first;
    const segment: Segment = { ...this.source, epoch, owner, firstSeq: seq, lastSeq: seq + this.texts.length - 1, records: this.texts };
    [this.texts, this.bytes, this.first] = [[], 0, undefined];
    await this.to.append([segment]);
  }
}

interface Judged extends Required<JudgedText> {
  readonly text: string;
}

/** Every record of a partition with what the rule says of it; rejects at one that no correct owner wrote. */
async function* records(log: LogReader, source: TopicPartition): AsyncGenerator<Judged> {
  let rule = EMPTY;
  for (let after: RowPosition = START; ; ) {
    const rows = await log.read(source, after, PAGE_BYTES);
    if (rows.length === 0) return;
    after = rows.at(-1)!;
    for (const text of rows.flatMap((row) => row.records)) {
      const judged = judgeText(rule, text);
      if (!judged || judged.verdict === 'gap' || judged.verdict === 'bad-hash') {
        throw new CopyRefused(`${nameOf(source)}: the record after commit ${rule.nextSeq - 1} ${judged ? `breaks the chain (${judged.verdict})` : 'cannot be read'}: see novacron audit verify; a damaged log is not copied`);
      }
      rule = judged.state;
      yield { text, ...judged };
    }
  }
}

const isValid = ({ verdict }: Judged): boolean => verdict === 'claim' || verdict === 'commit';

/** Record by record: the same text, and so the same state of the rule. */
async function compare(from: LogReader, to: LogReader, source: TopicPartition): Promise<void> {
  const [ours, theirs] = [records(from, source), records(to, source)];
  for (;;) {
    let one = await ours.next();
    while (!one.done && !isValid(one.value)) one = await ours.next();
    const other = await theirs.next();
    if (one.done && other.done) return;
    if (one.done || other.done || one.value.text !== other.value.text || one.value.state.head !== other.value.state.head) {
      const seq = (one.value ?? other.value)!.state.nextSeq - 1;
      throw new CopyRefused(`${nameOf(source)}: the copy differs at commit ${seq}: empty the target and copy again`);
    }
  }
}

function refuseMoved(before: ReadonlyMap<string, Head>, now: ReadonlyMap<string, Head>, what: string): void {
  for (const name of new Set([...before.keys(), ...now.keys()])) {
    const [was, is] = [before.get(name), now.get(name)];
    if (was?.epoch !== is?.epoch || was?.nextSeq !== is?.nextSeq) throw new CopyRefused(`${what} (${name}: commit ${(was?.nextSeq ?? 0) - 1} in epoch ${was?.epoch ?? 0}, and ${(is?.nextSeq ?? 0) - 1} in epoch ${is?.epoch ?? 0})`);
  }
}
