import type { Dice } from '../dice.ts';
import type { World } from '../world/world.ts';
import { kindsFor, type Fault, type FaultKind } from './kinds.ts';

/** Faults begin within so much virtual time, ms. */
const HORIZON_MS = 12_000;
const OF_AGENTS: readonly FaultKind[] = ['agent crash', 'agent pause', 'agent cut off', 'agent isolated'];
/** Common on real systems and nasty for this one: drawn more often. */
const OFTEN: readonly FaultKind[] = ['crash', 'pause', 'append unanswered', 'append delayed', 'append lost', 'fenced away', 'agent crash'];
/** What an append may meet. */
const OF_APPENDS: readonly FaultKind[] = ['append unanswered', 'append delayed', 'append lost', 'fenced away', 'disk full', 'slow disk'];
/** Acts that strike in the middle of an append as often as not. */
const ACTS: readonly FaultKind[] = ['crash', 'pause', 'ownership lost'];

/** What goes wrong under this seed, and when; everything is drawn before the first step, so that each fault can be left out. `sure`: what appends must meet. */
export function drawFaults(dice: Dice, world: World, sure?: FaultKind): Fault[] {
  if (dice.chance(0.02)) return [];
  const kinds = kindsFor(world.layout.joint);
  const count = dice.tail(4, 24);
  // At least one meets appends of the instance that does most: whoever is alone, or owns the first things that are asked for.
  const busiest = [...world.layout.instances].sort((a, b) => b.services.length - a.services.length)[0]!.name;
  const first = { kind: sure ?? dice.pick(OF_APPENDS), at: dice.number() * 1_000, target: busiest, lasts: 2_000 + dice.int(8_000), times: dice.pick([1, 2, 5]), inFlight: false };
  return [first, ...Array.from({ length: count }, () => draw(dice, world, dice.chance(0.5) ? dice.pick(OFTEN) : dice.pick(kinds)))].sort((a, b) => a.at - b.at);
}

function draw(dice: Dice, world: World, kind: FaultKind): Fault {
  const target = OF_AGENTS.includes(kind) && world.machines.length > 0 ? dice.pick(world.machines).name : dice.pick(world.layout.instances).name;
  // Half of them early, while there is most to be lost.
  const at = dice.chance(0.5) ? dice.number() * 2_000 : dice.number() * HORIZON_MS;
  return { kind, at, target, lasts: lastsOf(dice, kind), times: dice.pick([1, 1, 2, 5]), inFlight: ACTS.includes(kind) && dice.chance(0.6) };
}

function lastsOf(dice: Dice, kind: FaultKind): number {
  switch (kind) {
    case 'crash':
    case 'agent crash': return 100 + dice.int(4_000);
    case 'pause':
    case 'agent pause': return dice.pick([200, 3_000, 8_000, 20_000]) * (0.5 + dice.number());
    case 'agent cut off':
    case 'agent isolated': return dice.pick([1_000, 5_000, 20_000, 30_000]);
    case 'clock jump':
    case 'clock skew': return 1_000 + dice.int(15_000);
    default: return 500 + dice.int(8_000);
  }
}
