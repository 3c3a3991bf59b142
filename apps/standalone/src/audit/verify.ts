import { SERVICES } from '@novacron/contracts';
import { allHeads, auditPartition, joinStatements, nameOf, partitionNamed, type Audited, type ChainFault, type HeadStore, type LogDriver, type PublicKey, type Statements, type TopicPartition } from '@novacron/log';

/** What of the log is looked at. */
export interface Range {
  readonly service: string;
  readonly partition?: number;
  readonly commits?: { readonly from: number; readonly to: number };
}

export interface VerifySpec {
  readonly driver: LogDriver;
  readonly heads: HeadStore;
  readonly publicKey: PublicKey;
  /** Lines that were taken off this machine before. */
  readonly exported: readonly string[];
  readonly range: Range | undefined;
}

export interface VerifiedLog {
  readonly lines: readonly string[];
  readonly faults: readonly string[];
}

/** `resolver`, `resolver/3` or `resolver/3:100-2000`; throws RangeError. */
export function readRange(text: string): Range {
  const match = /^([a-z]+)(?:\/(\d+)(?::(\d+)-(\d+))?)?$/.exec(text);
  const [, service, partition, from, to] = match ?? [];
  if (!service || !(SERVICES as readonly string[]).includes(service)) throw new RangeError(`"${text}" is no range: it has the form resolver, resolver/3 or resolver/3:100-2000; services are ${SERVICES.join(', ')}.`);
  if (from !== undefined && Number(from) > Number(to)) throw new RangeError(`"${text}" ends before it begins.`);
  return { service, ...(partition !== undefined && { partition: Number(partition) }), ...(from !== undefined && { commits: { from: Number(from), to: Number(to) } }) };
}

/** Checks partitions of the log against the rule, the store's books and all signed heads. */
export async function verifyLog({ driver, heads, publicKey, exported, range }: VerifySpec): Promise<VerifiedLog> {
  const topics = range ? [range.service] : SERVICES;
  // Books and statements first: the log may only have grown since.
  const [books, kept] = [await driver.heads(topics), await allHeads(heads, topics)];
  const statements = joinStatements(kept, exported.filter((line) => !range || line.includes(`"topic":"${range.service}"`)), publicKey);
  const faults = statements.faults.map(({ partition, n, detail }) => `${partition}: signed head ${n}: ${detail}`);
  const lines: string[] = [];
  const totals = { commits: 0, heads: 0, unsigned: 0 };
  for (const topic of topics) {
    const audited: Audited[] = [];
    for (const source of partitionsOf(topic, new Set([...books.keys(), ...statements.byPartition.keys()]), range)) {
      const one = await auditPartition({ driver, source, statements: statements.byPartition.get(nameOf(source)) ?? [], fenced: driver.joint, books: books.get(nameOf(source)), range: range?.commits });
      audited.push(one);
      if (one.fault) faults.push(sentence(one.fault, statements));
    }
    const sum = (of: (one: Audited) => number) => audited.reduce((total, one) => total + of(one), 0);
    const ignored = audited.flatMap(({ read }) => Object.entries(read.ignored)).map(([kind, count]) => `${count} ${kind}`);
    lines.push(`${topic.padEnd(10)} ${audited.some(({ fault }) => fault) ? 'DIFFERENT' : 'whole'}: ${audited.length} partitions, ${sum(({ read }) => read.commits)} commits, ${sum(({ read }) => read.claims)} claims, ${sum(({ agreed }) => agreed)} signed heads agree, ${sum(({ unsigned }) => unsigned)} commits not signed yet${ignored.length ? `, ignored by the rule: ${ignored.join(', ')}` : ''}`);
    totals.commits += sum(({ read }) => read.commits);
    totals.heads += sum(({ agreed }) => agreed);
    totals.unsigned += sum(({ unsigned }) => unsigned);
  }
  lines.push(`${'log'.padEnd(10)} ${faults.length ? 'DIFFERENT' : 'whole'}: ${totals.commits} commits, ${totals.heads} signed heads agree (${exported.length} lines were given with --heads), key ${publicKey.fingerprint}`);
  return { lines, faults };
}

function partitionsOf(topic: string, names: ReadonlySet<string>, range: Range | undefined): TopicPartition[] {
  const partitions = [...names].map(partitionNamed).filter((one) => one.topic === topic && (range?.partition === undefined || one.partition === range.partition));
  return partitions.sort((a, b) => a.partition - b.partition);
}

function sentence({ partition, from, seq, detail }: ChainFault, { byPartition }: Statements): string {
  const signed = byPartition.get(partition)?.findLast((head) => head.seq < from);
  const until = signed ? `whole up to commit ${signed.seq}, signed ${new Date(signed.time).toISOString()}` : 'no signed head before it';
  return `${partition}, ${from === seq ? `commit ${seq}` : `commits ${from} to ${seq}`}: ${detail} (${until})`;
}
