import { describe, expect, it } from '@jest/globals';
import { realPorts } from '@novacron/kernel';
import { back, front } from '../conformance/counting.ts';
import { AppendError, type LogDriver, type Segment } from '../driver.ts';
import type { Decided, SourceInput } from './input.ts';
import { Lane } from './lane.ts';
import { FOLDED, OwnedPartition } from './partition.ts';

/** A driver of which one append after the other is answered by the test. */
class HeldDriver {
  readonly joint = true;
  private readonly waiting: { readonly segments: readonly Segment[]; readonly fail: (error: Error) => void }[] = [];
  readonly append = (segments: readonly Segment[]): Promise<void> => new Promise((_, fail) => void this.waiting.push({ segments, fail }));

  async next(): Promise<{ readonly segments: readonly Segment[]; readonly fail: (error: Error) => void }> {
    while (this.waiting.length === 0) await new Promise((resolve) => void setImmediate(resolve));
    return this.waiting.shift()!;
  }
}

const owned = (definition: typeof front | typeof back) => new OwnedPartition(definition as never, 0, { ...FOLDED, hears: { front: ['back'], back: ['front'] } });

function laneOn(driver: HeldDriver): Lane {
  const never = () => {};
  const events = { decided: never, confirmed: never, reclaim: () => Promise.resolve(), fenced: never, failed: never, quarantined: never, untimely: never };
  return new Lane(driver as unknown as LogDriver, realPorts(), events as { decided(decided: Decided): void } & typeof events);
}

const asked = (target: OwnedPartition, seq: number, speculativeSource?: OwnedPartition): SourceInput => ({
  kind: 'source', target, events: [{ index: 0, message: { type: 'Asked', key: 'k', id: String(seq) } }],
  from: { name: 'front/0', topic: 'front', partition: 0, seq, epoch: 1, owner: 'o', head: `h${seq}` }, ...(speculativeSource && { speculativeSource }),
});

/** Numbers of the source commits that the records of an append cite. */
const cited = (segments: readonly Segment[]) => segments.flatMap(({ records }) => records.map((text) => (JSON.parse(text) as { in: [string, number, number] }).in[2]));

describe('what says nothing new because of a decision that is then dropped', () => {
  it('is decided again, and in its turn: the same source commit speculated here and read from the log', async () => {
    const [source, target, driver] = [owned(front), owned(back), new HeldDriver()];
    const lane = laneOn(driver);
    lane.partitions.add(target);
    // Speculated here before the source was given up; its new owner says the same, and it is read; then more.
    for (const input of [asked(target, 0, source), asked(target, 0), asked(target, 1)]) lane.push(input);
    const first = await driver.next();
    expect(cited(first.segments)).toEqual([0, 1]);
    first.fail(new AppendError({ kind: 'refused' }, 'no space left'));
    expect(cited((await driver.next()).segments)).toEqual([0, 1]);
    lane.stopped = true;
  });
});
