import { expect, it } from '@jest/globals';
import { partitionOf, realPorts } from '@novacron/kernel';
import type { Row } from '../driver.ts';
import { encodeClaim, encodeCommit, encodeEvent, hashOf, type SourceCursor } from '../record.ts';
import { silentLog } from '../silent-log.ts';
import type { SourceInput } from './input.ts';
import type { HostOptions } from './options.ts';
import type { OwnedPartition } from './partition.ts';
import { SourceReader } from './source.ts';

const SOURCE = { topic: 'front', partition: 0 };
const owner = 'o';

it('a commit that was answered in part is read again by who comes back to it in the same process', async () => {
  const event = encodeEvent({ type: 'Asked', key: 'k' }, [['back', 'k']]);
  const commit = encodeCommit({ epoch: 1, owner, seq: 0, prev: '', time: 2, eventTexts: [event, event], effects: [], ended: [], timers: [] });
  const rows: Row[] = [
    { epoch: 1, lastSeq: -1, records: [encodeClaim({ epoch: 1, owner, address: 'a', partitions: 1, time: 1 })] },
    { epoch: 1, lastSeq: 0, records: [commit] },
  ];
  const half: SourceCursor = { ...SOURCE, seq: 0, index: 0, epoch: 1, owner, head: hashOf(commit) };
  const delivered: number[][] = [];
  let consumer: OwnedPartition;
  const options = {
    partitions: 1, ports: realPorts(), log: silentLog,
    driver: { read: (_: unknown, after: { lastSeq: number; epoch: number }) => Promise.resolve(rows.filter(({ lastSeq, epoch }) => lastSeq > after.lastSeq || (lastSeq === after.lastSeq && epoch > after.epoch))) },
  } as unknown as HostOptions;
  const reader = new SourceReader(SOURCE, ['back'], options, {
    deliver: ({ events }: SourceInput) => delivered.push(events.map(({ index }) => index)), consumer: () => consumer, backlog: () => 0, ignore: () => {}, passed: () => {},
  });
  // Taken, lost before the second event was answered, taken again.
  for (let tenure = 0; tenure < 2; tenure++) {
    consumer = { name: `back/${partitionOf('k', 1)}`, cursor: () => half, detached: new Map([['front/0', []]]) } as unknown as OwnedPartition;
    await reader.catchUp([consumer], () => 0);
  }
  expect(delivered).toEqual([[0, 1], [0, 1]]);
});
