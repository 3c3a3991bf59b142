import { beforeEach, describe, expect, it } from '@jest/globals';
import { encodeClaim, encodeCommit, hashOf } from '../record.ts';
import { EMPTY } from '../rule.ts';
import { silentLog } from '../silent-log.ts';
import { PartitionBooks } from './books.ts';
import { Intake } from './intake.ts';
import { CODE, type Answers } from './protocol.ts';

const claimOf = (epoch: number, owner: string) => encodeClaim({ epoch, owner, address: owner, partitions: 1, time: 1 });
const commitOf = (epoch: number, owner: string, seq: number, prev = '') => encodeCommit({ epoch, owner, seq, prev, time: 1, eventTexts: [], effects: [], ended: [], timers: [] });

/** What a fetch brings of the partition, from the offset on. */
function answerOf(offset: number, texts: readonly string[], { errorCode = CODE.none, startsAt = 0 }: { errorCode?: number; startsAt?: number } = {}): Answers['Fetch'] {
  const messages = texts.map((text, i) => ({ offset: `${offset + i}`, value: Buffer.from(text) }));
  return { errorCode: CODE.none, sessionId: 0, responses: [{ topicName: 'alpha', partitions: [{ partition: 0, errorCode, lastStartOffset: `${startsAt}`, messages }] }] } as unknown as Answers['Fetch'];
}

let books: PartitionBooks;
let intake: Intake;
let arrivals: number;
let outOfRange: number;
let starts: number[];
beforeEach(() => {
  books = new PartitionBooks({ topic: 'alpha', partition: 0 }, silentLog, { offset: 0, rule: EMPTY, address: '' });
  [arrivals, outOfRange, starts] = [0, 0, []];
  intake = new Intake(silentLog, { arrived: () => void arrivals++, outOfRange: async () => void outOfRange++, startsAt: (_books, offset) => void starts.push(offset) });
  intake.add(books);
});
/** The partition is x's in this process, at epoch 1. */
async function own(): Promise<void> {
  const claimed = books.claimed(1, 'x');
  await intake.takeOwn(books, { offset: 0, startsAt: 0 }, [claimOf(1, 'x')], 'x');
  expect([await claimed, books.isOurs]).toEqual([true, true]);
}

describe('what a broker says that it appended', () => {
  it('is judged at once where nothing can have come before it', async () => {
    await own();
    const first = commitOf(1, 'x', 0);
    const second = commitOf(1, 'x', 1, hashOf(first));
    const appended = books.appended(1, second);
    await intake.takeOwn(books, { offset: 1, startsAt: 0 }, [first, second], second);
    expect([await appended, books.next, books.head.nextSeq, arrivals]).toEqual(['landed', 3, 2, 2]);
  });
  it('waits for what came before it, and is judged behind that', async () => {
    await own();
    const text = commitOf(1, 'x', 0);
    const appended = books.appended(1, text);
    const taken = intake.takeOwn(books, { offset: 2, startsAt: 0 }, [text], text);
    expect([books.isBehind, books.next]).toEqual([true, 1]);
    await intake.take(answerOf(1, [claimOf(2, 'y'), text]));
    await taken;
    expect([await appended, books.isOurs, books.head.epoch, books.head.nextSeq]).toEqual(['fenced', false, 2, 0]);
  });
  it('is not judged twice where a fetch brought it before', async () => {
    await own();
    const text = commitOf(1, 'x', 0);
    const appended = books.appended(1, text);
    await intake.take(answerOf(1, [text]));
    await intake.takeOwn(books, { offset: 1, startsAt: 0 }, [text], text);
    expect([await appended, books.next, books.head.nextSeq, outOfRange]).toEqual(['landed', 2, 1, 0]);
  });
  it('is asked about where another record was judged at its place', async () => {
    await own();
    const text = commitOf(1, 'x', 0);
    void books.appended(1, text);
    await intake.takeOwn(books, { offset: 0, startsAt: 0 }, [text], text);
    expect([outOfRange, books.next, books.head.nextSeq]).toEqual([1, 1, 0]);
  });
  it('tells where the log starts now, as a fetch does', async () => {
    await own();
    await intake.takeOwn(books, { offset: 1, startsAt: 4 }, [commitOf(1, 'x', 0)], 'late');
    await intake.take(answerOf(2, [], { startsAt: 5 }));
    expect(starts).toEqual([0, 4, 5]);
  });
});

describe('what a fetch brings', () => {
  it('counts the records of others, and says of which topics', async () => {
    expect(await intake.take(answerOf(0, [claimOf(1, 'y'), commitOf(1, 'y', 0)]))).toEqual({ moved: false, foreign: 2, topics: new Set(['alpha']) });
    expect([books.head, arrivals]).toEqual([{ epoch: 1, nextSeq: 1, address: 'y' }, 1]);
  });
  it('tells of a leader that moved, and of an offset that is gone', async () => {
    expect(await intake.take(answerOf(0, [], { errorCode: CODE.unknownTopicOrPartition }))).toEqual({ moved: true, foreign: 0, topics: new Set() });
    expect(await intake.take(answerOf(0, [], { errorCode: CODE.offsetOutOfRange }))).toEqual({ moved: false, foreign: 0, topics: new Set() });
    expect(outOfRange).toBe(1);
  });
});
