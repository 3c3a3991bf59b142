import { closePrefixes, goalsOf, nameOf, partitionNamed, ReadPrefix, type At, type Commit, type Cut, type LogDriver, type RuleState, type TopicPartition } from '@novacron/log';
import { SERVICES } from '@novacron/contracts';
import { asStored } from './memory-rows.ts';
import { idOf, mergeChange, type Merged, type MergedRow } from '../projections/merge.ts';
import { project } from '../projections/project.ts';
import type { RowChange } from '../projections/tables.ts';

/** Events between two looks at the size. */
const LOOK_EVERY = 10_000;

/** The rows at one cut, projected by the code that projects the live ones. Never changed once it is made; a later one may be made from it. */
export class Moment {
  readonly merged: Merged;
  /** Reader's state behind each partition's last commit. */
  private readonly rules: Map<string, RuleState>;
  /** Rows that are nobody else's; undefined: all are. */
  private readonly own: Set<MergedRow> | undefined;
  /** Log time of the newest commit, ms. */
  newest = -1;
  /** Commits that were read for it. */
  read = 0;
  private unseen = 0;

  private constructor(earlier?: Moment) {
    this.merged = new Map([...(earlier?.merged ?? [])].map(([table, rows]) => [table, new Map(rows)]));
    this.rules = new Map(earlier?.rules);
    this.newest = earlier?.newest ?? -1;
    this.own = earlier && new Set();
  }

  /** Projects the log up to the moment, from an earlier one where that is given; `look` is told the count of rows now and then and may throw. */
  static async make(driver: LogDriver, at: At, earlier: Moment | undefined, look: (rows: number) => void): Promise<Moment> {
    const moment = new Moment(earlier);
    const partitions = (await driver.heads(SERVICES)).keys();
    await closePrefixes(goalsOf(at, partitions), (name) => {
      const source = partitionNamed(name);
      return new ReadPrefix(driver, source, (commit, rule) => moment.take(source, commit, rule, look), moment.rules.get(name));
    });
    look(moment.size);
    return moment;
  }

  get size(): number {
    return [...this.merged.values()].reduce((sum, rows) => sum + rows.size, 0);
  }

  get cut(): Cut {
    return new Map([...this.rules].map(([name, { nextSeq }]) => [name, nextSeq - 1]));
  }

  /** Whether everything in it is certain to be in the cut of `at`. */
  isWithin(at: At): boolean {
    if ('time' in at) return this.newest <= at.time;
    const goals = new Map(at.positions.map((position) => [nameOf(position), position.seq]));
    return [...this.rules].every(([name, { nextSeq }]) => nextSeq - 1 <= (goals.get(name) ?? -1));
  }

  private take({ topic, partition }: TopicPartition, { seq, time, events }: Commit, rule: RuleState, look: (rows: number) => void): void {
    this.read++;
    this.unseen += events.length;
    if (this.unseen >= LOOK_EVERY) {
      this.unseen = 0;
      look(this.size);
    }
    this.rules.set(`${topic}/${partition}`, rule);
    this.newest = Math.max(this.newest, time);
    for (let n = 0; n < events.length; n++) for (const change of project(events[n]!, { topic, partition, seq, n, time })) this.change(asStored(change));
  }

  /** Rows of the earlier moment are replaced, never changed. */
  private change(change: RowChange): void {
    if (!this.own) return mergeChange(this.merged, change);
    const id = idOf(change.table, change.key);
    const before = this.merged.get(change.table)?.get(id);
    if (before && !this.own.has(before)) this.merged.get(change.table)!.set(id, { ...before, values: [...before.values] });
    mergeChange(this.merged, change);
    this.own.add(this.merged.get(change.table)!.get(id)!);
  }
}
