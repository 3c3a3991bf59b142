import { SERVICES } from '@novacron/contracts';
import { allHeads, copyLog, CopyRefused, nameOf, partitionNamed, rebuildPartition, type CopyCount, type LogDriver } from '@novacron/log';
import { stateCredential, type Secrets } from '@novacron/service';
import { definitions } from '../definitions.ts';
import type { Place, Places } from './places.ts';

const ANSWER_MS = 2_000;

/** Copies, compares and folds; tells in lines what it did. Throws where owners are alive, the target is not empty, or the copy is not the same. */
export async function* moveLog({ from, to }: Places, secrets: Secrets): AsyncGenerator<string> {
  await refuseLiving(from, secrets);
  yield `from ${from.shown} to ${to.shown}`;
  const counts = await copyLog({ from: from.driver, to: to.driver, topics: SERVICES });
  for (const topic of SERVICES) yield lineOf(topic, [...counts].filter(([name]) => name.startsWith(`${topic}/`)).map(([, count]) => count));
  yield `heads      equal: ${counts.size} partitions, record by record`;
  yield await foldBoth(from.driver, to.driver);
  if (from.database !== to.database) yield await copyHeads(from, to);
  await refuseLiving(from, secrets);
  yield to.shown.startsWith('kafka:') ? `start with NOVACRON_LOG=${to.shown} and the same DATABASE_URL; ${from.shown} stays as it is, and must not be started again` : `start with DATABASE_URL=${to.shown} (and its user and password), without NOVACRON_LOG; ${from.shown} stays as it is, and must not be started again`;
}

function lineOf(topic: string, counts: readonly CopyCount[]): string {
  const sum = (of: (count: CopyCount) => number) => counts.reduce((total, count) => total + of(count), 0);
  const left = counts.flatMap(({ leftBehind }) => Object.entries(leftBehind)).map(([kind, count]) => `${count} ${kind}`);
  return `${topic.padEnd(10)} copied: ${counts.length} partitions, ${sum(({ commits }) => commits)} commits, ${sum(({ claims }) => claims)} claims${left.length ? `; left behind, as the rule ignores them: ${left.join(', ')}` : ''}`;
}

/** Whoever owns a partition and answers, or may only be slow to, would go on writing where nobody reads any more. */
async function refuseLiving({ driver }: Place, secrets: Secrets): Promise<void> {
  const addresses = new Set([...(await driver.heads(SERVICES)).values()].map(({ address }) => address));
  for (const address of addresses) {
    if (await isAlive(address, secrets)) throw new CopyRefused(`services run at ${address}, or something there does not say that they do not: stop them first; the log is copied while nobody writes it`);
  }
}

async function isAlive(address: string, secrets: Secrets): Promise<boolean> {
  try {
    return (await fetch(`${address}/internal/state`, { headers: { authorization: `Bearer ${stateCredential(secrets.credentialKey)}` }, signal: AbortSignal.timeout(ANSWER_MS) })).ok;
  } catch (error) {
    // A port that takes a connection and is silent may be a process that is stopped and wakes up.
    return (error as Error).name === 'TimeoutError';
  }
}

/** Folds every partition from its first commit on both sides. */
async function foldBoth(from: LogDriver, to: LogDriver): Promise<string> {
  let commits = 0;
  for (const definition of definitions) {
    for (const name of (await from.heads([definition.name])).keys()) {
      const { partition } = partitionNamed(name);
      const [one, other] = [await rebuildPartition({ driver: from, definition, partition }), await rebuildPartition({ driver: to, definition, partition })];
      const fault = one.fault ?? other.fault;
      if (fault) throw new CopyRefused(fault);
      if (one.stateHash !== other.stateHash || one.seq !== other.seq) throw new CopyRefused(`${name}: the states differ at commit ${one.seq}: ${one.stateHash} and ${other.stateHash}`);
      commits += one.commits;
    }
  }
  return `states     equal: ${commits} commits folded on both sides`;
}

async function copyHeads(from: Place, to: Place): Promise<string> {
  const there = new Set((await to.heads.newest(SERVICES)).map(nameOf));
  const lines = (await allHeads(from.heads, SERVICES)).filter((head) => !there.has(nameOf(head)));
  if (lines.length > 0) await to.heads.add(lines);
  return `signed     ${lines.length} heads went along`;
}
