import { FAULT_KINDS, type FaultKind } from '../faults/kinds.ts';
import type { Violation } from '../seam.ts';
import type { Outcome } from './seed.ts';

/** What a worker tells of one case; the trace only of one that failed. */
export type Told = Omit<Outcome, 'faults' | 'says' | 'last'>;

/** Sums over many seeds. */
export class Tally {
  seeds = 0;
  large = 0;
  steps = 0;
  inFlight = 0;
  joint = 0;
  readonly commits: number[] = [];
  readonly hits = new Map<string, number>();
  readonly types = new Set<string>();
  readonly reached = new Set<string>();
  readonly failed: { readonly seed: number; readonly size: 'small' | 'large'; readonly violations: readonly Violation[] }[] = [];
  private readonly hashes = new Map<number, number>();

  add({ seed, size, steps, commits, hits, hitInFlight, joint, types, reached, violations, hash }: Told): void {
    this.seeds++;
    if (size === 'large') this.large++;
    if (joint) this.joint++;
    if (hitInFlight) this.inFlight++;
    this.steps += steps;
    this.commits.push(commits);
    for (const [kind, n] of Object.entries(hits)) this.hits.set(kind, (this.hits.get(kind) ?? 0) + n);
    for (const type of types) this.types.add(type);
    for (const point of Object.keys(reached)) this.reached.add(point);
    if (violations.length) this.failed.push({ seed, size, violations });
    this.hashes.set(seed, hash);
  }

  get medianCommits(): number {
    return this.commits.sort((a, b) => a - b)[this.commits.length >> 1] ?? 0;
  }

  /** Of all seeds together, in their order. */
  get hash(): string {
    let sum = 0x811c9dc5;
    for (const [, hash] of [...this.hashes].sort(([a], [b]) => a - b)) sum = Math.imul(sum ^ hash, 0x01000193) >>> 0;
    return sum.toString(16).padStart(8, '0');
  }

  missingKinds(): FaultKind[] {
    return FAULT_KINDS.filter((kind) => !this.hits.has(kind));
  }

  missingTypes(all: Iterable<string>): string[] {
    return [...all].filter((type) => !this.types.has(type));
  }
}
