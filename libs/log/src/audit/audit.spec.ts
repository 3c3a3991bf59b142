import { describe, expect, it } from '@jest/globals';
import { realPorts, type Ports } from '@novacron/kernel';
import { hostOn, tell } from '../conformance/counting.ts';
import { nameOf, partitionNamed, type LogDriver, type Row, type TopicPartition } from '../driver.ts';
import type { Host } from '../host/host.ts';
import { MemoryLog } from '../memory.ts';
import { encodeClaim, hashOf } from '../record.ts';
import { silentLog } from '../silent-log.ts';
import { auditPartition, type Audited } from './audit.ts';
import { allHeads, memoryHeads, type HeadStore } from './heads.ts';
import { Notary } from './notary.ts';
import { signerOf } from './signing.ts';
import { joinStatements, openHead, signHead, type KeptHead, type SignedHead } from './statement.ts';

const signer = signerOf(Buffer.alloc(32, 7));
const TOPICS = ['front', 'back'];
const ports: Ports = realPorts();

/** A process on a log in memory, with its notary. */
async function processOn(log: MemoryLog, heads: HeadStore, exported?: (lines: readonly string[]) => Promise<void>) {
  const driver = log.driver({ joint: true, now: () => ports.clock.now() });
  const host: Host = hostOn({ driver: () => driver, snapshots: () => log.snapshotStore(), membership: () => log.membership() });
  await host.start();
  const notary = new Notary({ host, driver, heads, signer, ports, log: silentLog, topics: TOPICS, within: 3_600_000, ...(exported && { exported }) });
  notary.start();
  return { driver, host, notary, stop: async () => void (await host.stop(), await notary.stop()) };
}

/** A log that lived: `asks` commands, two owners one after the other. */
async function lived(asks = 60) {
  const log = new MemoryLog();
  const heads = memoryHeads();
  for (let life = 0; life < 2; life++) {
    const { host, stop } = await processOn(log, heads);
    await Promise.all(Array.from({ length: asks }, (_, i) => tell(host, 'Ask', `k${i % 5}`, { id: `${life}-${i}` })));
    await stop();
  }
  const driver = log.driver({ joint: true, now: () => 0 });
  return { log, heads, driver, kept: await allHeads(heads, TOPICS) };
}

/** The driver, with one partition's rows replaced. */
const tampered = (driver: LogDriver, source: TopicPartition, rows: readonly Row[]): LogDriver => ({
  ...driver, read: (at, after, limit) => (nameOf(at) === nameOf(source) ? Promise.resolve(rows.filter((row) => row.lastSeq > after.lastSeq || (row.lastSeq === after.lastSeq && row.epoch > after.epoch))) : driver.read(at, after, limit)),
});

async function rowsOf(driver: LogDriver, source: TopicPartition): Promise<Row[]> {
  return [...(await driver.read(source, { lastSeq: -1, epoch: 0 }, Number.MAX_SAFE_INTEGER))];
}

const audit = async (driver: LogDriver, source: TopicPartition, kept: readonly KeptHead[], exported: readonly string[] = []): Promise<Audited & { statements: readonly { n: number; detail: string }[] }> => {
  const { byPartition, faults } = joinStatements(kept, exported, signer.publicKey);
  const books = (await driver.heads([source.topic])).get(nameOf(source));
  return { ...(await auditPartition({ driver, source, statements: byPartition.get(nameOf(source)) ?? [], fenced: true, books })), statements: faults.filter(({ partition }) => partition === nameOf(source)) };
};

/** The partition with most commits. */
async function busiest(driver: LogDriver): Promise<TopicPartition> {
  const [name] = [...(await driver.heads(TOPICS))].sort(([, a], [, b]) => b.nextSeq - a.nextSeq)[0]!;
  return partitionNamed(name);
}

/** Rows with the records behind a change linked anew, as who can compute hashes would. */
function relinked(rows: readonly Row[], change: (record: string, at: number) => string): Row[] {
  let [at, prev] = [0, ''];
  return rows.map((row) => ({
    ...row, records: row.records.map((text) => {
      if (text.startsWith('{"claim"')) return text;
      const made = change(text, at++).replace(/"p":"[^"]*"/, `"p":"${prev}"`);
      prev = hashOf(made);
      return made;
    }),
  }));
}

describe('the audit of the log', () => {
  it('SE-04 finds a log that lived whole, every signed head agreeing, nothing unsigned after a stop', async () => {
    const { driver, kept } = await lived();
    for (const name of (await driver.heads(TOPICS)).keys()) {
      const result = await audit(driver, partitionNamed(name), kept);
      expect(result).toMatchObject({ unsigned: 0, statements: [], read: { claims: 2, ignored: {} } });
      expect(result.fault).toBeUndefined();
      expect(result.agreed).toBeGreaterThanOrEqual(2);
    }
  });

  it('names the place of every changed, missing, doubled and swapped record', async () => {
    const { driver, kept } = await lived(20);
    const source = await busiest(driver);
    const rows = await rowsOf(driver, source);
    const flat = rows.flatMap((row) => row.records.map((text) => ({ row, text })));
    const placeOf = (at: number) => flat.slice(0, at).filter(({ text }) => !text.startsWith('{"claim"')).length;
    for (let at = 0; at < flat.length; at++) {
      const edit = (records: (row: Row) => readonly string[]) => rows.map((row) => (row === flat[at]!.row ? { ...row, records: records(row) } : row)).filter(({ records: left }) => left.length > 0);
      const { text, row } = flat[at]!;
      const inRow = row.records.indexOf(text);
      const changes = [
        edit(({ records }) => records.map((one, i) => (i === inRow ? one.replace(/"t":\d/, '"t":0') : one))),
        edit(({ records }) => records.filter((_, i) => i !== inRow)),
        edit(({ records }) => records.toSpliced(inRow, 0, records[inRow]!)),
        edit(({ records }) => records.toSpliced(inRow, 0, '{"e":1}')),
        ...(inRow + 1 < row.records.length ? [edit(({ records }) => records.toSpliced(inRow, 2, records[inRow + 1]!, records[inRow]!))] : []),
      ];
      for (const changed of changes) {
        const { fault } = await audit(tampered(driver, source, changed), source, kept);
        expect([at, fault && fault.from <= placeOf(at) && placeOf(at) <= fault.seq]).toEqual([at, true]);
      }
    }
  }, 60_000);

  it('finds a chain that was made anew with right hashes, by its signed heads alone', async () => {
    const { driver, kept } = await lived();
    const source = await busiest(driver);
    const rows = relinked(await rowsOf(driver, source), (text, at) => (at === 5 ? text.replace(/"t":\d+/, '"t":1') : text));
    expect((await audit(tampered(driver, source, rows), source, [])).fault).toBeUndefined();
    const { fault } = await audit(tampered(driver, source, rows), source, kept);
    expect(fault).toMatchObject({ from: expect.any(Number), detail: expect.stringContaining('not what was written') });
    expect(fault!.from).toBeLessThanOrEqual(5);
    expect(fault!.seq).toBeGreaterThanOrEqual(5);
  });

  it('finds a changed claim, which no hash of a commit covers', async () => {
    const { driver, kept } = await lived();
    const source = await busiest(driver);
    const rows = (await rowsOf(driver, source)).map((row) => ({ ...row, records: row.records.map((text) => text.replace(/"a":"[^"]*"/, '"a":"http://elsewhere"')) }));
    expect((await audit(tampered(driver, source, rows), source, kept)).fault?.detail).toContain('a claim was changed');
  });

  it('finds a cut tail up to the last exported head, and no further', async () => {
    const { driver, kept } = await lived();
    const source = await busiest(driver);
    const own = kept.filter((head) => nameOf(head) === nameOf(source));
    const cut = (seq: number) => async () => {
      const rows = (await rowsOf(driver, source)).flatMap((row) => {
        const records = row.records.filter((text) => text.startsWith('{"claim"') || Number(/"s":(\d+)/.exec(text)![1]) < seq);
        return records.length === 0 || row.lastSeq >= seq && records[0]!.startsWith('{"claim"') ? [] : [{ ...row, records, lastSeq: Math.min(row.lastSeq, seq - 1) }];
      });
      const shorter = tampered(driver, source, rows);
      const last = rows.at(-1)!;
      // Who can cut the log cuts the store's books and the statements kept beside it, too.
      const books = { ...(await driver.heads(TOPICS)).get(nameOf(source))!, nextSeq: seq, epoch: last.epoch };
      const left = own.filter(({ line }) => (JSON.parse(line) as SignedHead).seq < seq);
      const of = { ...shorter, heads: async () => new Map([[nameOf(source), books]]) };
      return { without: await audit(of, source, left), exported: await audit(of, source, left, own.map(({ line }) => line)) };
    };
    const end = (await driver.heads(TOPICS)).get(nameOf(source))!.nextSeq;
    const { without, exported } = await cut(end - 3)();
    expect([without.fault, without.statements]).toEqual([undefined, []]);
    expect(exported.fault).toMatchObject({ seq: end - 3 });
    expect(exported.statements.at(-1)).toMatchObject({ detail: 'it was exported and is no longer kept here' });
  });

  it('finds statements that were changed, exchanged, taken away or made by another key', async () => {
    const { kept } = await lived();
    const faults = (heads: readonly KeptHead[], exported: readonly string[] = []) => joinStatements(heads, exported, signer.publicKey).faults;
    expect(faults(kept)).toEqual([]);
    const [first, second] = [kept[0]!, kept[1]!];
    const with0 = (line: string) => [{ ...first, line }, ...kept.slice(1)];
    expect(faults(with0(first.line.replace(/"seq":(-?\d+)/, '"seq":9')))).toMatchObject([{ n: 0, detail: 'its signature is wrong' }, { n: 0, detail: 'it is missing' }]);
    expect(faults(with0(`${first.line} `))[0]).toMatchObject({ n: 0, detail: 'it is not in the form in which heads are signed' });
    expect(faults(with0(second.line))[0]).toMatchObject({ n: 0, detail: expect.stringContaining('it is statement 1') });
    expect(faults(kept.slice(1))[0]).toMatchObject({ n: 0, detail: 'it is missing' });
    const other = signHead(signerOf(Buffer.alloc(32, 8)), openHead(first.line, signer.publicKey) as SignedHead);
    expect(faults(with0(other.line))[0]).toMatchObject({ detail: expect.stringContaining('not by') });
    expect(faults(kept.filter((head) => head !== second), [second.line])).toMatchObject([{ n: second.n, detail: 'it was exported and is no longer kept here' }]);
  });

  it('says so when signed heads are missing behind more commits than an owner leaves unsigned', async () => {
    const log = new MemoryLog();
    const driver = log.driver({ joint: true, now: () => 0 });
    const source = { topic: 'front', partition: 0 };
    await driver.claim([{ ...source, epoch: 1, owner: 'o', address: 'a', record: encodeClaim({ epoch: 1, owner: 'o', address: 'a', partitions: 1, time: 1 }) }]);
    let prev = '';
    const records = Array.from({ length: 2_001 }, (_, s) => {
      const text = `{"e":1,"o":"o","s":${s},"p":"${prev}","t":1}`;
      prev = hashOf(text);
      return text;
    });
    await driver.append([{ ...source, epoch: 1, owner: 'o', firstSeq: 0, lastSeq: 2_000, records }]);
    expect((await audit(driver, source, [])).fault).toMatchObject({ from: 0, seq: 2_000 });
  });
});

describe('the notary', () => {
  it('signs at every claim, every 1,000 commits and at a stop, and hands each line out once', async () => {
    const [log, heads, lines] = [new MemoryLog(), memoryHeads(), [] as string[]];
    const { host, driver, stop } = await processOn(log, heads, async (more) => void lines.push(...more));
    for (let i = 0; i < 30; i++) await Promise.all(Array.from({ length: 50 }, (_, j) => tell(host, 'Ask', 'k', { id: `${i}-${j}` })));
    await stop();
    const source = { topic: 'front', partition: host.partitionOf('k') };
    const own = (await heads.list(source, 0, 100)).map(({ line }) => openHead(line, signer.publicKey) as SignedHead);
    const end = (await driver.heads(['front'])).get(nameOf(source))!.nextSeq - 1;
    expect(own[0]).toMatchObject({ n: 0, seq: -1, epoch: 1 });
    expect(own.at(-1)!.seq).toBe(end);
    for (const [i, head] of own.entries()) expect(head.seq - (own[i - 1]?.seq ?? -1)).toBeLessThan(2_000);
    expect(own.length).toBeGreaterThanOrEqual(3);
    expect(lines.sort()).toEqual((await allHeads(heads, TOPICS)).map(({ line }) => line).sort());
  });

  it('never signs again where the log is no longer what was signed', async () => {
    const { log, heads, driver } = await lived();
    const source = await busiest(driver);
    const before = await heads.list(source, 0, 100);
    const rows = relinked(await rowsOf(driver, source), (text) => text.replace(/"t":\d/, '"t":2'));
    const books = (log as unknown as { partitions: Map<string, { rows: Row[] }> }).partitions.get(nameOf(source))!;
    books.rows.splice(0, books.rows.length, ...rows);
    const { stop } = await processOn(log, heads);
    await stop();
    expect(await heads.list(source, 0, 100)).toEqual(before);
  });
});
