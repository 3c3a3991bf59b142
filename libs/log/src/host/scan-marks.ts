import { nameOf, type TopicPartition } from '../driver.ts';
import type { RuleState } from '../rule.ts';
import type { ScanInput } from './input.ts';
import type { OwnedPartition } from './partition.ts';

/** Source commits without an input, after which the owner remembers how far it read (protocols.md section 1): a take-over reads up to as many of each source again. */
const SCAN_MARK_AFTER = 2_000;

/** Marks for those that are far behind a source because it had nothing to say to them. */
export function* scanMarks(source: TopicPartition, rule: RuleState, consumers: Iterable<OwnedPartition>): Generator<ScanInput> {
  const name = nameOf(source);
  for (const target of consumers) {
    if (target.detached.has(name) || target.name === name) continue;
    const behind = rule.nextSeq - 1 - (target.cursor(name)?.seq ?? -1);
    if (behind < SCAN_MARK_AFTER) continue;
    yield { kind: 'scan', target, cursor: { topic: source.topic, partition: source.partition, seq: rule.nextSeq - 1, index: Number.MAX_SAFE_INTEGER, epoch: rule.epoch, owner: rule.owner, head: rule.head } };
  }
}
