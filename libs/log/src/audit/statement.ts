import { canonical } from '@novacron/kernel';
import { nameOf, type TopicPartition } from '../driver.ts';
import { hashOf } from '../record.ts';
import type { PublicKey, Signer } from './signing.ts';

/** "At this time the partition's valid records ended here, and these were they": everything before follows by the chain of hashes. */
export interface HeadStatement extends TopicPartition {
  /** Which of its partition's statements: 0, 1, 2, … */
  readonly n: number;
  /** The last commit; -1 before the first. */
  readonly seq: number;
  /** Its hash; empty before the first. */
  readonly head: string;
  readonly epoch: number;
  readonly owner: string;
  /** Running hash of the claims: they stand outside the chain of commits. */
  readonly claims: string;
  /** Wall clock of who signed, ms. */
  readonly time: number;
  /** Hash of statement n - 1; empty for the first. */
  readonly prev: string;
  /** Fingerprint of the key that signed. */
  readonly key: string;
}

/** A signed statement: one line of JSON in canonical form, its last word the signature over the rest. */
export interface SignedHead extends HeadStatement {
  readonly line: string;
  /** Of the statement without its signature: the next one's `prev`. */
  readonly hash: string;
}

/** The running hash after one more claim. */
export const withClaim = (claims: string, record: string): string => hashOf(`${claims}\n${record}`);

export function signHead(signer: Signer, statement: Omit<HeadStatement, 'key'>): SignedHead {
  const signed: HeadStatement = { ...statement, key: signer.publicKey.fingerprint };
  const text = canonical(signed);
  return { ...signed, line: canonical({ ...signed, signature: signer.sign(text) }), hash: hashOf(text) };
}

/** Reads a line; a string says what is wrong with it. */
export function openHead(line: string, key: PublicKey): SignedHead | string {
  let parsed: HeadStatement & { signature?: unknown };
  try {
    parsed = JSON.parse(line) as typeof parsed;
  } catch {
    return 'it is no JSON';
  }
  if (typeof parsed !== 'object' || parsed === null || canonical(parsed) !== line) return 'it is not in the form in which heads are signed';
  const { signature, ...statement } = parsed;
  if (statement.key !== key.fingerprint) return `it is signed by the key ${String(statement.key)}, not by ${key.fingerprint}`;
  const text = canonical(statement);
  if (typeof signature !== 'string' || !key.verify(text, signature)) return 'its signature is wrong';
  return { ...statement, line, hash: hashOf(text) };
}

/** What is wrong with a partition's statements. */
export interface StatementFault {
  readonly partition: string;
  /** Number of the first bad statement. */
  readonly n: number;
  readonly detail: string;
}

/** Statements of partitions, each in order, as far as they hold. */
export interface Statements {
  readonly byPartition: ReadonlyMap<string, readonly SignedHead[]>;
  readonly faults: readonly StatementFault[];
}

/**
 * Joins what the installation keeps with what was exported from it, checks signatures and the chain of statements. `kept` lists lines under the
 * partition and number by which they are stored; `exported` speaks for itself.
 */
export function joinStatements(kept: readonly KeptHead[], exported: readonly string[], key: PublicKey): Statements {
  const faults: StatementFault[] = [];
  const partitions = new Map<string, Map<number, SignedHead>>();
  const of = (name: string) => partitions.get(name) ?? partitions.set(name, new Map()).get(name)!;
  for (const line of exported) {
    const head = openHead(line, key);
    if (typeof head === 'string') faults.push({ partition: 'exported heads', n: -1, detail: `${head}: ${line.slice(0, 120)}` });
    else if ((of(nameOf(head)).get(head.n)?.hash ?? head.hash) !== head.hash) faults.push({ partition: nameOf(head), n: head.n, detail: 'two different statements of this number were exported' });
    else of(nameOf(head)).set(head.n, head);
  }
  const exportedTo = new Map([...partitions].map(([name, heads]) => [name, new Map(heads)]));
  const keptOf = new Map<string, Set<number>>();
  for (const { topic, partition, n, line } of kept) {
    const name = nameOf({ topic, partition });
    (keptOf.get(name) ?? keptOf.set(name, new Set()).get(name)!).add(n);
    const head = openHead(line, key);
    if (typeof head === 'string') faults.push({ partition: name, n, detail: head });
    else if (nameOf(head) !== name || head.n !== n) faults.push({ partition: name, n, detail: `it is statement ${head.n} of ${nameOf(head)}` });
    else if ((exportedTo.get(name)?.get(n)?.hash ?? head.hash) !== head.hash) faults.push({ partition: name, n, detail: 'it is not what was exported' });
    else of(name).set(n, head);
  }
  for (const [name, heads] of exportedTo) for (const n of heads.keys()) if (!keptOf.get(name)?.has(n)) faults.push({ partition: name, n, detail: 'it was exported and is no longer kept here' });
  const byPartition = new Map([...partitions].map(([name, heads]) => [name, chained(name, heads, faults)]));
  return { byPartition, faults: faults.sort((a, b) => (a.partition < b.partition ? -1 : a.partition > b.partition ? 1 : a.n - b.n)) };
}

/** A line and where it is kept. */
export interface KeptHead extends TopicPartition {
  readonly n: number;
  readonly line: string;
}

function chained(name: string, heads: ReadonlyMap<number, SignedHead>, faults: StatementFault[]): SignedHead[] {
  const sorted = [...heads.values()].sort((a, b) => a.n - b.n);
  let before: SignedHead | undefined;
  for (const head of sorted) {
    const expected = before ? before.n + 1 : 0;
    if (head.n !== expected) faults.push({ partition: name, n: expected, detail: 'it is missing' });
    else if (head.prev !== (before?.hash ?? '')) faults.push({ partition: name, n: head.n, detail: 'it does not continue the one before it' });
    else if (before && (head.seq < before.seq || head.epoch < before.epoch)) faults.push({ partition: name, n: head.n, detail: 'it goes back behind the one before it' });
    before = head;
  }
  return sorted;
}
