import { CRASHPOINTS } from '../world/crashpoints.ts';
import { runAll } from './pool.ts';
import type { Case } from './seed.ts';
import type { Violation } from '../seam.ts';

/** Workloads that each point is looked for in, and how often it is killed there in each. */
const WORKLOADS = 40;
const NTHS = [1, 2, 5, 17];
const ENOUGH = 12;

export interface Crashes {
  readonly total: number;
  /** Kills by point. */
  readonly kills: ReadonlyMap<string, number>;
  readonly failed: readonly { readonly one: Case; readonly violations: readonly Violation[] }[];
}

/** Kills at every named point, several times over several workloads. */
export async function runCrashes(from: number, threads: number): Promise<Crashes> {
  const kills = new Map<string, number>(CRASHPOINTS.map((name) => [name, 0]));
  const failed: { one: Case; violations: readonly Violation[] }[] = [];
  for (let first = 0; first < WORKLOADS; first += 4) {
    const left = CRASHPOINTS.filter((name) => kills.get(name)! < ENOUGH);
    const cases = left.flatMap((name) => [0, 1, 2, 3].flatMap((i) => NTHS.map((nth): Case => ({ seed: from + first + i, size: 'small', kill: { name, nth } }))));
    const byKey = new Map(cases.map((one) => [`${one.seed} ${one.kill!.name} ${one.kill!.nth}`, one]));
    await runAll(cases, threads, ({ seed, kill, killed, violations }) => {
      const one = byKey.get(`${seed} ${kill!.name} ${kill!.nth}`)!;
      if (killed) kills.set(kill!.name, kills.get(kill!.name)! + 1);
      if (violations.length) failed.push({ one, violations });
    });
  }
  return { total: CRASHPOINTS.length, kills, failed };
}
