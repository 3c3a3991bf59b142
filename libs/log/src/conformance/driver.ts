import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppendError, nameOf, START, type End, type LogDriver, type Row, type Segment, type TopicPartition } from '../driver.ts';
import { decode, encodeClaim, encodeCommit, hashOf, type Commit } from '../record.ts';
import { EMPTY, judge, type RuleState } from '../rule.ts';
import type { Installation, MakeInstallation } from './installation.ts';

const A: TopicPartition = { topic: 'alpha', partition: 0 };
const B: TopicPartition = { topic: 'alpha', partition: 1 };
const C: TopicPartition = { topic: 'beta', partition: 0 };

const claimOf = (partition: TopicPartition, epoch: number, owner: string) => ({
  ...partition, epoch, owner, address: `http://${owner}`, record: encodeClaim({ epoch, owner, address: `http://${owner}`, partitions: 4, time: 1 }),
});

/** Hash of the commit that landed at each place: what the next one cites. */
class Chain {
  private readonly hashes = new Map<string, string>();

  /** Commits that say these words, each citing the one before it. */
  segment(partition: TopicPartition, epoch: number, owner: string, firstSeq: number, ...words: string[]): Segment {
    let prev = this.hashes.get(`${nameOf(partition)} ${firstSeq - 1}`) ?? '';
    const records = words.map((word, i) => {
      const text = encodeCommit({ epoch, owner, seq: firstSeq + i, prev, time: 1, eventTexts: [JSON.stringify([{ type: 'Said', word }])], effects: [], ended: [], timers: [] });
      prev = hashOf(text);
      return text;
    });
    return { ...partition, epoch, owner, firstSeq, lastSeq: firstSeq + words.length - 1, records };
  }

  async append(driver: LogDriver, segments: readonly Segment[]): Promise<void> {
    await driver.append(segments);
    for (const segment of segments) segment.records.forEach((text, i) => this.hashes.set(`${nameOf(segment)} ${segment.firstSeq + i}`, hashOf(text)));
  }
}
const commitsOf = (rows: readonly Row[]) => rows.flatMap((row) => row.records).map((text) => decode(text)).filter((record) => record?.kind === 'commit') as Commit[];
const wordsOf = (rows: readonly Row[]) => commitsOf(rows).map(({ events }) => events[0]?.['word'] as string);

async function readAll(driver: LogDriver, partition: TopicPartition, limit?: number): Promise<Row[]> {
  const all: Row[] = [];
  for (let after = START; ; ) {
    const rows = await driver.read(partition, after, limit);
    if (rows.length === 0) return all;
    all.push(...rows);
    after = rows.at(-1)!;
  }
}

async function faultOf(append: Promise<unknown>): Promise<string> {
  return append.then(() => 'landed', (error: unknown) => (error instanceof AppendError ? error.fault.kind : `other: ${String(error)}`));
}

/** A chain of valid commits. */
function chain(partition: TopicPartition, epoch: number, owner: string, from: RuleState, count: number): { texts: string[]; rule: RuleState } {
  let rule: RuleState = { ...from, epoch, owner };
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const text = encodeCommit({ epoch, owner, seq: rule.nextSeq, prev: rule.head, time: i, eventTexts: [`[{"type":"Counted","n":${i},"where":"${nameOf(partition)}"}]`], effects: [], ended: [], timers: [] });
    texts.push(text);
    rule = { epoch, owner, nextSeq: rule.nextSeq + 1, head: hashOf(text) };
  }
  return { texts, rule };
}

/** What every driver must do, whatever keeps the log. */
export function conformsAsDriver(name: string, make: MakeInstallation): void {
  describe(`the log driver: ${name}`, () => {
    let installation: Installation;
    let driver: LogDriver;
    let written: Chain;
    beforeEach(async () => {
      installation = await make();
      written = new Chain();
      driver = installation.driver();
    });
    afterEach(() => installation.close());
    const claim = (partition: TopicPartition, epoch: number, owner: string) => driver.claim([claimOf(partition, epoch, owner)]);
    const segmentOf = (...parts: Parameters<Chain['segment']>) => written.segment(...parts);
    const append = (...parts: Parameters<Chain['segment']>) => written.append(driver, [segmentOf(...parts)]);

    describe('claims', () => {
      it('takes an unclaimed partition at epoch 1', async () => expect(await claim(A, 1, 'x')).toEqual([A]));
      it('refuses a first claim at epoch 2', async () => expect(await claim(A, 2, 'x')).toEqual([]));
      it('gives an epoch to one claimer only', async () => {
        await claim(A, 1, 'x');
        expect(await claim(A, 1, 'y')).toEqual([]);
        expect(await claim(A, 2, 'y')).toEqual([A]);
      });
      it('answers which of several claims landed', async () => {
        await claim(B, 1, 'x');
        const won = await driver.claim([claimOf(A, 1, 'y'), claimOf(B, 1, 'y'), claimOf(C, 1, 'y')]);
        expect(won.map(nameOf).sort()).toEqual(['alpha/0', 'beta/0']);
      });
      it('lets exactly one of 32 racing claimers win', async () => {
        const drivers = [driver, installation.driver(), installation.driver()];
        const results = await Promise.all(Array.from({ length: 32 }, (_, i) => drivers[i % 3]!.claim([claimOf(A, 1, `owner-${i}`)])));
        expect(results.filter((won) => won.length === 1)).toHaveLength(1);
        expect((await driver.heads(['alpha'])).get('alpha/0')?.epoch).toBe(1);
      });
      it('stores a claim before any commit at seq -1', async () => {
        await claim(A, 1, 'x');
        expect((await readAll(driver, A)).map(({ lastSeq, epoch }) => ({ lastSeq, epoch }))).toEqual([{ lastSeq: -1, epoch: 1 }]);
      });
      it('stores a later claim with the seq of the commit before it, and consumes none', async () => {
        await claim(A, 1, 'x');
        await append(A, 1, 'x', 0, 'r0', 'r1');
        await claim(A, 2, 'y');
        await append(A, 2, 'y', 2, 'r2');
        expect((await readAll(driver, A)).map(({ lastSeq, epoch }) => [lastSeq, epoch])).toEqual([[-1, 1], [1, 1], [1, 2], [2, 2]]);
      });
    });

    describe('appends', () => {
      beforeEach(async () => void (await driver.claim([claimOf(A, 1, 'x'), claimOf(B, 1, 'x'), claimOf(C, 1, 'x')])));

      it('lands segments one after the other', async () => {
        await append(A, 1, 'x', 0, 'a', 'b');
        await append(A, 1, 'x', 2, 'c');
        expect(wordsOf(await readAll(driver, A))).toEqual(['a', 'b', 'c']);
      });
      it.each([
        ['another epoch', 2, 'x', 0], ['an older epoch', 0, 'x', 0], ['another owner', 1, 'y', 0], ['a gap', 1, 'x', 5],
      ])('is fenced on %s, and nothing lands', async (_what, epoch, owner, firstSeq) => {
        expect(await faultOf(append(A, epoch, owner, firstSeq, 'r'))).toBe('fenced');
        expect(wordsOf(await readAll(driver, A))).toEqual([]);
      });
      it('is fenced on a seq that was used', async () => {
        await append(A, 1, 'x', 0, 'a');
        expect(await faultOf(append(A, 1, 'x', 0, 'again'))).toBe('fenced');
        expect(wordsOf(await readAll(driver, A))).toEqual(['a']);
      });
      it('L1: a paused owner that wakes up after another claim changes nothing', async () => {
        await append(A, 1, 'x', 0, 'a');
        await claim(A, 2, 'y');
        expect(await faultOf(append(A, 1, 'x', 1, 'late'))).toBe('fenced');
        await append(A, 2, 'y', 1, 'b');
        expect(wordsOf(await readAll(driver, A))).toEqual(['a', 'b']);
      });
      it('names a fenced partition', async () => {
        await claim(C, 2, 'y');
        const error = await append(C, 1, 'x', 0, 'r').then(() => undefined, (thrown: AppendError) => thrown);
        expect(error?.fault).toMatchObject({ kind: 'fenced', partitions: [C] });
      });
      it('never loses order among 50 appends that wait for each other', async () => {
        for (let i = 0; i < 50; i++) await append(A, 1, 'x', i, `r${i}`);
        expect(wordsOf(await readAll(driver, A))).toEqual(Array.from({ length: 50 }, (_, i) => `r${i}`));
      });
      it('lets one of two racing appends with the same seq land', async () => {
        const faults = await Promise.all([faultOf(append(A, 1, 'x', 0, 'one')), faultOf(installation.driver().append([segmentOf(A, 1, 'x', 0, 'two')]))]);
        expect(faults.sort()).toEqual(['fenced', 'landed']);
        expect(wordsOf(await readAll(driver, A))).toHaveLength(1);
      });
      it('keeps every byte of a record', async () => {
        const segment = segmentOf(A, 1, 'x', 0, 'Grüße, 世界, 👩‍🚀', '"\\"\\\\"', 'a\nb\u0000', 'x'.repeat(255 * 1024));
        await driver.append([segment]);
        expect((await readAll(driver, A)).flatMap((row) => row.records).slice(1)).toEqual(segment.records);
      });
      it.each([1, 10, 511, 512, 513, 100_000])('keeps a record that says %d bytes', async (bytes) => {
        await append(A, 1, 'x', 0, 'y'.repeat(bytes));
        expect(wordsOf(await readAll(driver, A))[0]).toHaveLength(bytes);
      });
      it('takes 10,000 records in one segment', async () => {
        await append(A, 1, 'x', 0, ...Array.from({ length: 10_000 }, (_, i) => `${i}`));
        expect((await driver.heads(['alpha'])).get('alpha/0')?.nextSeq).toBe(10_000);
        expect(wordsOf(await readAll(driver, A))).toHaveLength(10_000);
      });
      it('keeps topics and partitions apart', async () => {
        await append(A, 1, 'x', 0, 'a');
        await append(C, 1, 'x', 0, 'c');
        expect([wordsOf(await readAll(driver, A)), wordsOf(await readAll(driver, B)), wordsOf(await readAll(driver, C))]).toEqual([['a'], [], ['c']]);
      });
    });

    describe('joint appends', () => {
      beforeEach(async () => void (await driver.claim([claimOf(A, 1, 'x'), claimOf(B, 1, 'x'), claimOf(C, 1, 'x')])));

      it('lands several partitions together', async () => {
        if (!driver.joint) return;
        await driver.append([segmentOf(C, 1, 'x', 0, 'c'), segmentOf(A, 1, 'x', 0, 'a'), segmentOf(B, 1, 'x', 0, 'b1', 'b2')]);
        expect([wordsOf(await readAll(driver, A)), wordsOf(await readAll(driver, B)), wordsOf(await readAll(driver, C))]).toEqual([['a'], ['b1', 'b2'], ['c']]);
      });
      it('lands nothing where one partition is fenced', async () => {
        if (!driver.joint) return;
        await claim(B, 2, 'y');
        expect(await faultOf(driver.append([segmentOf(A, 1, 'x', 0, 'a'), segmentOf(B, 1, 'x', 0, 'b'), segmentOf(C, 1, 'x', 0, 'c')]))).toBe('fenced');
        expect([wordsOf(await readAll(driver, A)), wordsOf(await readAll(driver, C))]).toEqual([[], []]);
        expect((await driver.heads(['alpha', 'beta'])).get('alpha/0')?.nextSeq).toBe(0);
      });
      it('does not deadlock with a rival that names the partitions in another order', async () => {
        if (!driver.joint) return;
        const rival = installation.driver();
        for (let i = 0; i < 20; i++) {
          const mine = faultOf(driver.append([segmentOf(A, 1, 'x', i, 'm'), segmentOf(B, 1, 'x', i, 'm')]));
          const theirs = faultOf(rival.append([segmentOf(B, 1, 'x', i, 't'), segmentOf(A, 1, 'x', i, 't')]));
          expect((await Promise.all([mine, theirs])).sort()).toEqual(['fenced', 'landed']);
        }
      });
      it('lands 128 partitions at once', async () => {
        if (!driver.joint) return;
        const all = Array.from({ length: 128 }, (_, partition) => ({ topic: 'wide', partition }));
        await driver.claim(all.map((partition) => claimOf(partition, 1, 'x')));
        await driver.append(all.map((partition) => segmentOf(partition, 1, 'x', 0, `r${partition.partition}`)));
        expect([...(await driver.heads(['wide'])).values()].every(({ nextSeq }) => nextSeq === 1)).toBe(true);
      });
    });

    describe('reads', () => {
      beforeEach(async () => {
        await claim(A, 1, 'x');
        for (let i = 0; i < 5; i++) await append(A, 1, 'x', i * 2, `r${i * 2}`, `r${i * 2 + 1}`);
      });
      it('goes on after a place', async () => expect(wordsOf(await driver.read(A, { lastSeq: 5, epoch: 1 }))).toEqual(['r6', 'r7', 'r8', 'r9']));
      it('says no other hashes than those of the records', async () => {
        for (const { records, hashes } of await readAll(driver, A)) {
          if (hashes) expect(hashes).toEqual(records.map((text) => (decode(text)!.kind === 'claim' ? '' : hashOf(text))));
        }
      });
      it('is empty at the head', async () => expect(await driver.read(A, { lastSeq: 9, epoch: 1 })).toEqual([]));
      it('is empty for a partition that nobody claimed', async () => expect(await driver.read({ topic: 'nobody', partition: 3 }, START)).toEqual([]));
      it('gives a claim after the commit whose seq it carries', async () => {
        await claim(A, 2, 'y');
        expect((await driver.read(A, { lastSeq: 9, epoch: 1 })).map(({ epoch }) => epoch)).toEqual([2]);
      });
      it('pages through everything with the smallest limit', async () => expect(wordsOf(await readAll(driver, A, 1))).toHaveLength(10));
      it('gives all that follows a place inside a segment, perhaps with what stands before it there', async () => {
        const words = wordsOf(await driver.read(A, { lastSeq: 2, epoch: 1 }));
        expect(words.slice(-7)).toEqual(['r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9']);
        expect(words.length).toBeLessThanOrEqual(8);
      });
      it('L12: sees no gap while others append', async () => {
        const writing = (async () => {
          for (let i = 10; i < 110; i++) await append(A, 1, 'x', i, `r${i}`);
        })();
        const reader = installation.driver();
        const seen: string[] = [];
        for (let after = START; seen.length < 110; ) {
          const rows = await reader.read(A, after);
          seen.push(...wordsOf(rows));
          after = rows.at(-1) ?? after;
        }
        await writing;
        expect(seen).toEqual(Array.from({ length: 110 }, (_, i) => `r${i}`));
      });
    });

    describe('books, clock and hints', () => {
      it('knows nothing of an unclaimed topic', async () => expect([...(await driver.heads(['alpha']))]).toEqual([]));
      it('knows epoch, next seq and address', async () => {
        await claim(A, 1, 'x');
        await claim(A, 2, 'y');
        await append(A, 2, 'y', 0, 'r');
        expect((await driver.heads(['alpha', 'beta'])).get('alpha/0')).toEqual({ epoch: 2, nextSeq: 1, address: 'http://y' });
      });
      it('has a clock near ours', async () => expect(Math.abs((await driver.now()) - Date.now())).toBeLessThan(1_000));
      /** The first end of A that `hearing` is told of while another appends. A hint may be missed: the connection that carries it may not stand yet. */
      const firstHint = async (hearing: LogDriver, epoch: number, say: (seq: number) => Promise<unknown>): Promise<{ end: End; said: number }> => {
        let end: End | undefined;
        const off = hearing.onAppend((ends) => {
          const of = ends.get('alpha/0');
          if (end || of?.epoch !== epoch || of.nextSeq === 0) return;
          end = of;
          off();
        });
        let said = 0;
        for (; !end; said++) {
          await say(said);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        return { end, said };
      };
      it('hints at appends and how far they reach, until told not to', async () => {
        await claim(A, 1, 'x');
        const { end, said } = await firstHint(driver, 1, (seq) => append(A, 1, 'x', seq, `r${seq}`));
        expect([end.epoch, end.nextSeq <= said]).toEqual([1, true]);
      });
      it('hints at what another appends where it decided before', async () => {
        await claim(A, 1, 'x');
        const other = installation.driver();
        for (const each of [driver, other]) each.share?.();
        driver.release?.(A);
        expect(await other.claim([claimOf(A, 2, 'y')])).toEqual([A]);
        const { end, said } = await firstHint(driver, 2, (seq) => written.append(other, [written.segment(A, 2, 'y', seq, `r${seq}`)]));
        expect([end.epoch, end.nextSeq <= said]).toEqual([2, true]);
      });
    });

    describe('under the validity rule', () => {
      it('is one valid chain over three owners, 300 commits and a zombie', async () => {
        let rule: RuleState = EMPTY;
        for (const [i, owner] of ['x', 'y', 'z'].entries()) {
          await claim(A, i + 1, owner);
          const next = chain(A, i + 1, owner, rule, 100);
          await driver.append([{ ...A, epoch: i + 1, owner, firstSeq: rule.nextSeq, lastSeq: next.rule.nextSeq - 1, records: next.texts }]);
          if (i > 0) expect(await faultOf(append(A, i, 'x', next.rule.nextSeq, 'zombie'))).toBe('fenced');
          rule = next.rule;
        }
        let seen: RuleState = EMPTY;
        for (const row of await readAll(driver, A)) {
          for (const text of row.records) {
            const { verdict, state } = judge(seen, decode(text)!, hashOf(text));
            expect(['claim', 'commit']).toContain(verdict);
            seen = state;
          }
        }
        expect(seen).toEqual(rule);
      });
    });
  });
}
