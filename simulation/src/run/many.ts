import { messages } from '@novacron/contracts';
import { runAll } from './pool.ts';
import type { Case } from './seed.ts';
import { sizeOf } from './size.ts';
import { Tally } from './tally.ts';

/** From so many seeds on, everything must have been seen at least once. */
const ENOUGH = 2_000;
const MEDIAN_COMMITS = 60;
const IN_FLIGHT = 0.8;

export interface Many {
  readonly seeds: number;
  readonly from: number;
  readonly full: boolean;
  readonly threads: number;
}

/** Runs so many seeds on all threads. */
export async function runMany({ seeds, from, full, threads }: Many, progress: (tally: Tally) => void): Promise<Tally> {
  const tally = new Tally();
  const cases = Array.from({ length: seeds }, (_, i): Case => ({ seed: from + i, size: sizeOf(from + i, full) }));
  // Large ones first: the last to end would else be one of them, alone.
  cases.sort((a, b) => Number(b.size === 'large') - Number(a.size === 'large'));
  await runAll(cases, threads, (told) => {
    tally.add(told);
    progress(tally);
  });
  return tally;
}

/** What the run had to show and did not; empty where it did. */
export function shortcomings(tally: Tally, full: boolean): string[] {
  const wrong = tally.failed.length > 0 ? [`${tally.failed.length} seeds violate an invariant: ${tally.failed.slice(0, 20).map(({ seed }) => seed).join(', ')}`] : [];
  if (tally.seeds < 100) return wrong;
  if (tally.medianCommits < MEDIAN_COMMITS) wrong.push(`the median seed has ${tally.medianCommits} commits, and must have ${MEDIAN_COMMITS}`);
  if (tally.inFlight < IN_FLIGHT * tally.seeds) wrong.push(`in ${tally.inFlight} of ${tally.seeds} seeds a fault hit while an append was on its way, and it must in ${IN_FLIGHT * 100} %`);
  if (tally.seeds < ENOUGH) return wrong;
  const [kinds, types] = [tally.missingKinds(), tally.missingTypes(messages.keys())];
  if (kinds.length) wrong.push(`faults that never hit: ${kinds.join(', ')}`);
  if (types.length) wrong.push(`messages that were never said: ${types.join(', ')}`);
  const large = Math.floor(tally.seeds / (full ? 200 : 500));
  if (tally.large < large) wrong.push(`${tally.large} seeds were large, and ${large} must be`);
  return wrong;
}

export function summary(tally: Tally, seconds: number): string[] {
  return [
    `${tally.seeds} seeds (${tally.large} large, ${tally.joint} with joint appends) in ${seconds.toFixed(0)} s: ${(tally.seeds / seconds).toFixed(0)} seeds/s, ${Math.round(tally.steps / seconds).toLocaleString('en')} steps/s`,
    `commits per seed: median ${tally.medianCommits}, most ${Math.max(...tally.commits)}`,
    `a fault hit while an append was on its way in ${tally.inFlight} seeds (${((100 * tally.inFlight) / tally.seeds).toFixed(1)} %)`,
    `faults: ${[...tally.hits].sort(([, a], [, b]) => b - a).map(([kind, n]) => `${kind} ${n}`).join(', ')}`,
    `message types seen: ${[...messages.keys()].filter((type) => tally.types.has(type)).length} of ${messages.size}; crashpoints reached: ${tally.reached.size}`,
    `violations: ${tally.failed.length}; trace hash ${tally.hash}`,
  ];
}
