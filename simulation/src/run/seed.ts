import { rebuildPartition, START, type Row } from '@novacron/log';
import { dice as diceOf, type Dice } from '../dice.ts';
import type { Fault, FaultKind } from '../faults/kinds.ts';
import { act, mend } from '../faults/acts.ts';
import { drawFaults } from '../faults/schedule.ts';
import type { Checker, MakeChecker, MakeWorkload, Violation, WorkloadLimits } from '../seam.ts';
import type { Taken } from '../time/timeline.ts';
import { Crashpoints, faultBefore } from '../world/crashpoints.ts';
import { drawLayout } from '../world/layout.ts';
import { World } from '../world/world.ts';

/** Everything that tells one run from another. */
export interface Case {
  readonly seed: number;
  readonly size: 'small' | 'large';
  /** Which faults of the drawn schedule are kept, by their places; absent: all. */
  readonly faults?: readonly number[];
  readonly clients?: number;
  readonly steps?: number;
  readonly kill?: { readonly name: string; readonly nth: number };
}

export interface Outcome {
  readonly seed: number;
  readonly size: 'small' | 'large';
  readonly kill: Case['kill'];
  readonly hash: number;
  readonly steps: number;
  readonly commits: number;
  /** Virtual, ms. */
  readonly lasted: number;
  readonly joint: boolean;
  readonly faults: readonly Fault[];
  readonly hits: Readonly<Partial<Record<FaultKind, number>>>;
  readonly hitInFlight: boolean;
  readonly types: readonly string[];
  readonly reached: Readonly<Record<string, number>>;
  readonly killed: boolean;
  readonly violations: readonly Violation[];
  readonly last: readonly Taken[];
  readonly says: readonly string[];
}

export interface Kit {
  readonly makeWorkload: MakeWorkload;
  readonly makeChecker: MakeChecker;
  /** Sees every step. */
  readonly watch?: (taken: Taken) => void;
}

/** Quiet time at the end in which nothing may happen that should not. */
const QUIET_MS = 1_500;
/** Whatever a workload says, time ends. */
const END_MS = 100 * 60_000;
/** Clients that still ask by then get their answers without further faults. */
const CLIENTS_MS = 20 * 60_000;
const MOST_STEPS = 3_000_000;
/** What recovery may take beside what the workload itself needs: silence, take-over, the slowest backoff. */
const RECOVERY_MS = 60_000;

/** Runs one case from its first step to the end of its bound, and says what was seen. */
export async function runCase(one: Case, kit: Kit): Promise<Outcome> {
  const dice = diceOf(one.seed, one.size === 'large' ? 1 : 0);
  const limits: WorkloadLimits = { size: one.size, ...(one.clients !== undefined && { clients: one.clients }), ...(one.steps !== undefined && { steps: one.steps }) };
  const workload = kit.makeWorkload(dice.fork('workload'), limits);
  const layout = drawLayout(dice.fork('layout'));
  const crashpoints = new Crashpoints(one.kill);
  const world = new World(dice.fork('world'), layout, workload, crashpoints);
  if (kit.watch) world.timeline.watch = kit.watch;
  const checker = kit.makeChecker(workload, { partitions: layout.partitions });
  const drawn = drawFaults(dice.fork('faults'), world, faultBefore(one.kill?.name));
  const faults = drawn.filter((_, i) => one.faults?.includes(i) ?? true);
  const violations = await live(world, checker, faults, dice.fork('acts'));
  return {
    seed: one.seed, size: one.size, kill: one.kill, hash: world.timeline.hash, steps: world.timeline.steps, commits: world.log.commits, lasted: world.timeline.now, joint: layout.joint, faults: drawn,
    hits: Object.fromEntries(world.faults.hits), hitInFlight: world.faults.hitsInFlight > 0, types: typesIn(world), reached: Object.fromEntries(crashpoints.reached),
    killed: crashpoints.killed.size > 0, violations, last: world.timeline.taken.slice(-400), says: world.texts.slice(-60),
  };
}

async function live(world: World, checker: Checker, faults: readonly Fault[], dice: Dice): Promise<Violation[]> {
  const { timeline } = world;
  const violations: Violation[] = [];
  const look = (): void => {
    if (!world.news) return;
    world.news = false;
    violations.push(...checker.step(world.log, world, world.now));
  };
  timeline.after = look;
  world.faults.begin(faults, (fault) => act(world, fault, dice));
  const faultsEnd = Math.max(0, ...faults.map(({ at, lasts }) => at + lasts));
  let bound = Number.POSITIVE_INFINITY;
  let quietUntil: number | undefined;
  const done = (): boolean => {
    if (violations.length > 0 || timeline.steps >= MOST_STEPS || timeline.now >= END_MS) return true;
    if (world.busy > 0 && timeline.now < CLIENTS_MS) return false;
    if (world.faults.stoppedAt === undefined) {
      // Faults that would strike when all is done strike nothing.
      if (timeline.now < faultsEnd && !isSettled(world, checker)) return false;
      world.faults.stop();
      mend(world);
      bound = timeline.now + world.workload.bound + RECOVERY_MS;
    }
    if (!isSettled(world, checker)) quietUntil = undefined;
    else quietUntil ??= timeline.now + QUIET_MS;
    return timeline.now >= (quietUntil ?? bound);
  };
  try {
    await timeline.run(done);
    if (violations.length === 0) await end(world, checker, violations);
  } catch (error) {
    violations.push({ invariant: 0, at: world.now, what: `an error escaped: ${(error as Error).stack}`, where: 'a step' });
  }
  for (const alarm of world.alarms) violations.push({ invariant: 0, at: world.now, what: alarm, where: 'an alarm' });
  return violations;
}

const isSettled = (world: World, checker: Checker): boolean => !world.news && world.busy === 0 && checker.settled() && world.instances.some(({ ready }) => ready);

/** Live states and a fold of the whole log must agree; then the checker has its last word. */
async function end(world: World, checker: Checker, violations: Violation[]): Promise<void> {
  for (const instance of world.instances) {
    if (!instance.ready) continue;
    for (const { topic, partition, seq, stateHash } of instance.host.states()) world.hashes.push({ at: world.now, topic, partition, seq, hash: stateHash, reader: instance.name });
  }
  const driver = { read: (partition: { topic: string; partition: number }, after = START): Promise<readonly Row[]> => Promise.resolve(world.log.read(partition, after)) };
  for (const name of world.log.partitions()) {
    const [topic, partition] = name.split('/') as [string, string];
    const definition = world.definitions.find((each) => each.name === topic)!;
    const { seq, stateHash, fault } = await rebuildPartition({ driver: driver as never, definition, partition: Number(partition) });
    if (fault && !world.faults.hits.has('poison record')) violations.push({ invariant: 7, at: world.now, what: fault, where: name });
    world.hashes.push({ at: world.now, topic, partition: Number(partition), seq, hash: stateHash, reader: 'a rebuild' });
  }
  world.texts.push(...world.snapshots.saved);
  violations.push(...checker.end(world.log, world, { faultsStoppedAt: world.faults.stoppedAt ?? world.timeline.now, now: world.now }));
}

function typesIn(world: World): string[] {
  const types = new Set<string>();
  for (const name of world.log.partitions()) {
    for (const text of world.log.records(name, 0)) for (const [, type] of text.matchAll(/\[\{"type":"(\w+)"/g)) types.add(type!);
  }
  return [...types];
}
