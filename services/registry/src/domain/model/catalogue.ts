import semver from 'semver';
import { incompatibility } from './compatibility.ts';
import { rangeOf } from './order.ts';
import type { RegistryView, Subscription, Version, Wait } from './state.ts';

/** The versions of one model during one decision, with the one that is being published; what many waiters ask is looked up once. */
export class Catalogue {
  private readonly ranges = new Map<string, readonly Version[]>();
  private readonly state: RegistryView;
  private readonly model: string;
  private readonly added: Version | undefined;

  constructor(state: RegistryView, model: string, added?: Version) {
    this.state = state;
    this.model = model;
    this.added = added;
  }

  /** Highest first. */
  *all(): Iterable<Version> {
    let { added } = this;
    for (const id of this.state.version.list('byModel', this.model)) {
      const version = this.state.version.get(id)!;
      if (added && semver.gt(added.version, version.version)) {
        yield added;
        added = undefined;
      }
      if (version.version === added?.version) added = undefined;
      yield version;
    }
    if (added) yield added;
  }

  /** Highest first; none for a range that cannot be read. */
  inRange(range: string): readonly Version[] {
    let found = this.ranges.get(range);
    if (!found) {
      const parsed = rangeOf(range);
      found = parsed ? [...this.all()].filter(({ version }) => parsed.test(version)) : [];
      this.ranges.set(range, found);
    }
    return found;
  }

  /** The highest version that fits: one with a broken schema or metric gives way to the one before it (DP-18). */
  best({ range, compat }: Pick<Wait, 'range' | 'compat'>): Version | undefined {
    const known = this.oldest(range);
    return this.inRange(range).find((version) => !incompatibility(version, known, compat));
  }

  /** What a subscriber expects: the version that it got, or the lowest in its range that states a schema. */
  known({ range, last }: Subscription): Version | undefined {
    return (last === undefined ? undefined : this.inRange(range).find(({ version }) => version === last)) ?? this.oldest(range);
  }

  private oldest(range: string): Version | undefined {
    return this.inRange(range).findLast(({ schema }) => schema !== undefined);
  }
}
