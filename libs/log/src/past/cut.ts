import { DIGEST_MODULUS, digestOf, encodePosition, type Position } from '@novacron/kernel';
import { nameOf, partitionNamed, type LogDriver, type TopicPartition } from '../driver.ts';
import type { Commit } from '../record.ts';
import type { RuleState } from '../rule.ts';
import type { At } from './at.ts';
import { CommitReader, type Goal } from './commit-reader.ts';

/** One prefix of each partition, by `topic/partition`: its last commit. What is not named is empty. Closed: no commit without the one that it answers. */
export type Cut = ReadonlyMap<string, number>;

/** The log does not hold the commit. */
export class NoSuchCommit extends Error {}

/** Says that the prefix holds an answer to that commit. */
export type Cites = (source: TopicPartition, seq: number) => void;

/** A prefix of one partition that can grow. */
export interface Prefix {
  /** Its last commit; -1 for none. */
  readonly seq: number;
  grow(goal: Goal, cites: Cites): Promise<void>;
}

/** What each partition must hold at the least; `partitions` are all that there are. */
export function goalsOf(at: At, partitions: Iterable<string>): Map<string, Goal> {
  if ('time' in at) return new Map([...partitions].map((name) => [name, { seq: -1, time: at.time }]));
  const known = new Set(partitions);
  const goals = new Map<string, Goal>();
  for (const position of at.positions) {
    if (!known.has(nameOf(position))) throw noSuchCommit(position);
    goals.set(nameOf(position), { seq: Math.max(position.seq, goals.get(nameOf(position))?.seq ?? -1), time: -1 });
  }
  return goals;
}

export const noSuchCommit = (position: Position): NoSuchCommit => new NoSuchCommit(`the log has no commit ${encodePosition(position)}`);

/**
 * Grows prefixes until they are closed: each commit's input names the commit that it answers, and cursors never go back, so the newest input from
 * a source stands for all before it. The least fixed point, whatever the order; every prefix is read forward once.
 */
export async function closePrefixes<P extends Prefix>(goals: Map<string, Goal>, open: (name: string, goal: Goal) => P | Promise<P>): Promise<Map<string, P>> {
  const prefixes = new Map<string, P>();
  const unread = new Set(goals.keys());
  const cites: Cites = (source, seq) => {
    const name = nameOf(source);
    const goal = goals.get(name) ?? { seq: -1, time: -1 };
    if (goal.seq >= seq || (prefixes.get(name)?.seq ?? -1) >= seq) return;
    goals.set(name, { ...goal, seq });
    unread.add(name);
  };
  for (const name of unread) {
    unread.delete(name);
    const goal = goals.get(name)!;
    const prefix = prefixes.get(name) ?? (await open(name, goal));
    prefixes.set(name, prefix);
    await prefix.grow(goal, cites);
  }
  return prefixes;
}

/** A prefix that is read from the log and handed on. */
export class ReadPrefix implements Prefix {
  seq: number;
  private readonly source: TopicPartition;
  private readonly reader: CommitReader;
  private readonly take: (commit: Commit, rule: RuleState) => void;

  constructor(driver: LogDriver, source: TopicPartition, take: (commit: Commit, rule: RuleState) => void, behind?: RuleState) {
    this.source = source;
    this.reader = new CommitReader(driver, source, behind);
    this.take = take;
    this.seq = (behind?.nextSeq ?? 0) - 1;
  }

  async grow(goal: Goal, cites: Cites): Promise<void> {
    await this.reader.readTo(goal, (commit, rule) => {
      this.take(commit, rule);
      this.seq = commit.seq;
      if (commit.input) cites(commit.input, commit.input.seq);
    });
    if (this.seq < goal.seq) throw noSuchCommit({ ...this.source, seq: goal.seq });
  }
}

/** The smallest cut of the topics' log that holds the moment, read from their first commits: what every quicker way must agree with. */
export async function cutOf(driver: LogDriver, topics: readonly string[], at: At): Promise<Cut> {
  const partitions = (await driver.heads(topics)).keys();
  const prefixes = await closePrefixes(goalsOf(at, partitions), (name) => new ReadPrefix(driver, partitionNamed(name), () => {}));
  return cutThrough(prefixes);
}

export function cutThrough(prefixes: ReadonlyMap<string, Prefix>): Cut {
  return new Map([...prefixes].filter(([, { seq }]) => seq >= 0).map(([name, { seq }]) => [name, seq]));
}

/** The positions of a cut's last commits, in one order; given as a moment they are this cut again. */
export function positionsOf(cut: Cut): Position[] {
  return [...cut].map(([name, seq]) => ({ ...partitionNamed(name), seq })).sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
}

/** Hash of the whole system at a cut: of its partitions' state hashes, in whatever order they come; those without commits leave no trace. */
export function systemHash(states: Iterable<Position & { readonly stateHash: string }>): string {
  let sum = 0n;
  for (const state of states) if (state.seq >= 0) sum += digestOf(`${nameOf(state)}|${state.stateHash}`);
  return (sum % DIGEST_MODULUS).toString(16).padStart(64, '0');
}

/** Names an answer whose question the vector leaves out; undefined where it is a cut. */
export function openAnswer(states: readonly (Position & { readonly cursors: Readonly<Record<string, number>> })[]): string | undefined {
  const cut = new Map(states.map((state) => [nameOf(state), state.seq]));
  for (const state of states) {
    const [source] = Object.entries(state.cursors).find(([name, seq]) => seq > (cut.get(name) ?? -1)) ?? [];
    if (source !== undefined) return `${nameOf(state)} has answered commit ${state.cursors[source]} of ${source}, which stands at ${cut.get(source) ?? -1}`;
  }
  return undefined;
}
