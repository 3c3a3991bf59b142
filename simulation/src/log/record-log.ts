import { judgeText, nameOf, START, EMPTY, type ClaimRequest, type Ends, type Head, type Row, type RowPosition, type RuleState, type Segment, type TopicPartition } from '@novacron/log';
import type { LogView } from '../seam.ts';

interface Kept {
  readonly texts: string[];
  readonly rows: Row[];
  /** Landed behind the last valid record: they come with the next row, because they change no reader's place. */
  loose: string[];
  rule: RuleState;
  address: string;
}

/**
 * What lies on the disk: per partition the records in the order in which they landed. Fenced, as a database is, it refuses what the rule
 * would ignore; not fenced, as a broker is, it takes anything, and the readers ignore it.
 */
export class RecordLog implements LogView {
  readonly fenced: boolean;
  /** Records that landed in all. */
  landed = 0;
  commits = 0;
  private readonly kept = new Map<string, Kept>();
  private readonly listeners = new Set<(partition: TopicPartition) => void>();

  constructor(fenced: boolean) {
    this.fenced = fenced;
  }

  partitions(): readonly string[] {
    return [...this.kept.keys()];
  }

  records(partition: string, from: number): readonly string[] {
    const texts = this.kept.get(partition)?.texts ?? [];
    return from >= texts.length ? [] : texts.slice(from);
  }

  rule(partition: TopicPartition): RuleState {
    return this.of(partition).rule;
  }

  /** Appends records as they are; those that the rule takes move the partition's books. */
  land(partition: TopicPartition, records: readonly string[], address?: string): void {
    const kept = this.of(partition);
    for (const text of records) {
      kept.texts.push(text);
      kept.loose.push(text);
      this.landed++;
      const judged = judgeText(kept.rule, text);
      if (judged?.verdict !== 'claim' && judged?.verdict !== 'commit') continue;
      if (judged.verdict === 'claim') kept.address = address ?? '';
      else this.commits++;
      kept.rule = judged.state;
      kept.rows.push({ epoch: kept.rule.epoch, lastSeq: kept.rule.nextSeq - 1, records: kept.loose });
      kept.loose = [];
    }
    for (const listener of this.listeners) listener(partition);
  }

  /** True where the claim rules now. */
  claim(request: ClaimRequest): boolean {
    const { epoch } = this.of(request).rule;
    if (request.epoch === epoch + 1 || !this.fenced) this.land(request, [request.record], request.address);
    return request.epoch === epoch + 1;
  }

  /** Partitions that another claim rules, where the log is fenced: nothing landed then. */
  append(segments: readonly Segment[]): readonly TopicPartition[] {
    const lost = this.fenced ? segments.filter((segment) => !this.continues(segment)) : [];
    if (lost.length === 0) for (const segment of segments) this.land(segment, segment.records);
    return lost;
  }

  /** Whether the segment is in the partition, by its last record; `gone` where it never will be valid. */
  stands(segment: Segment): 'landed' | 'awaited' | 'gone' {
    const { rule } = this.of(segment);
    if (rule.nextSeq > segment.lastSeq) return this.holds(segment) ? 'landed' : 'gone';
    return rule.epoch === segment.epoch && rule.owner === segment.owner ? 'awaited' : 'gone';
  }

  /** Rows after a place; with `overlap` some before it once more. */
  read(partition: TopicPartition, after: RowPosition = START, limit = 1 << 20, overlap = 0): Row[] {
    const { rows } = this.of(partition);
    const from = Math.max(0, firstAfter(rows, after) - overlap);
    let bytes = 0;
    let to = from;
    while (to < rows.length && bytes < limit) bytes += rows[to++]!.records.reduce((sum, text) => sum + text.length, 0);
    return rows.slice(from, to);
  }

  heads(topics: readonly string[]): Map<string, Head> {
    const heads = new Map<string, Head>();
    for (const [name, { rule, address }] of this.kept) {
      if (rule.epoch > 0 && topics.includes(name.slice(0, name.indexOf('/')))) heads.set(name, { epoch: rule.epoch, nextSeq: rule.nextSeq, address });
    }
    return heads;
  }

  /** How far the partition reaches now. */
  endOf(partition: TopicPartition): Ends {
    const { epoch, nextSeq } = this.of(partition).rule;
    return new Map([[nameOf(partition), { epoch, nextSeq }]]);
  }

  onLanded(listener: (partition: TopicPartition) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private continues(segment: Segment): boolean {
    const { rule } = this.of(segment);
    return rule.epoch === segment.epoch && rule.owner === segment.owner && rule.nextSeq === segment.firstSeq;
  }

  private holds({ records, ...segment }: Segment): boolean {
    const { rows } = this.of(segment);
    for (let i = firstAfter(rows, { lastSeq: segment.lastSeq - 1, epoch: Number.MAX_SAFE_INTEGER }); i < rows.length && rows[i]!.lastSeq === segment.lastSeq; i++) {
      if (rows[i]!.records.at(-1) === records.at(-1)) return true;
    }
    return false;
  }

  private of(partition: TopicPartition): Kept {
    const name = nameOf(partition);
    let kept = this.kept.get(name);
    if (!kept) this.kept.set(name, (kept = { texts: [], rows: [], loose: [], rule: EMPTY, address: '' }));
    return kept;
  }
}

function firstAfter(rows: readonly Row[], { lastSeq, epoch }: RowPosition): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle]!;
    if (row.lastSeq > lastSeq || (row.lastSeq === lastSeq && row.epoch > epoch)) high = middle;
    else low = middle + 1;
  }
  return low;
}
