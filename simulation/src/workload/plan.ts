import type { WorkflowDefinition } from '@novacron/contracts';
import type { Dice } from '../dice.ts';
import type { SimulatedNode, WorkloadLimits } from '../seam.ts';
import { teamWorkflow, type Surroundings } from './definitions.ts';
import { largeWorkflow } from './large.ts';

export interface Team {
  readonly name: string;
  readonly workflows: readonly WorkflowDefinition[];
  readonly models: readonly string[];
}

/** Who is there and what they have, before anybody does anything. */
export interface Plan {
  readonly teams: readonly Team[];
  readonly nodes: readonly SimulatedNode[];
  readonly pools: readonly string[];
  readonly around: Surroundings;
}

/** Of a workflow that is not the large one. */
const MOST_TASKS = 50;
const TEAMS = ['shop', 'vision', 'ops'];
const GPU = { type: 'a100', memory: 40_000 };

export function plan(dice: Dice, size: WorkloadLimits['size']): Plan {
  const nodes = machines(dice, size);
  const pools = [...new Set(nodes.map(({ pool }) => pool))];
  const names = TEAMS.slice(0, dice.pick([1, 1, 1, 2, 3]));
  const models = names.flatMap((name) => [`${name}/classifier`, `${name}/ranker`].slice(0, dice.between(1, 2)));
  const gpusOf = (pool: string): number => Math.max(...nodes.filter((node) => node.pool === pool).map(({ capacity }) => capacity.gpus.length));
  const around = { workspace: names[0]!, models, pools: pools.map((name) => ({ name, gpus: gpusOf(name) })) };
  const teams = names.map((name) => ({
    name, models: models.filter((model) => model.startsWith(`${name}/`)),
    workflows: Array.from({ length: dice.pick([1, 1, 2]) }, (_, i) => teamWorkflow(dice, `flow${i}`, { ...around, workspace: name }, MOST_TASKS)),
  }));
  if (size === 'large') teams[0]!.workflows.push(largeWorkflow(dice, 'large'));
  return { teams, nodes, pools, around };
}

function machines(dice: Dice, size: WorkloadLimits['size']): SimulatedNode[] {
  const count = dice.between(1, 3);
  return Array.from({ length: count }, (_, i) => {
    const gpus = dice.chance(0.4) ? dice.between(1, 4) : 0;
    return {
      // A node that comes late finds a queue.
      pool: i > 0 && dice.chance(0.3) ? 'gpu' : 'default', name: `n${i}`, from: i === 0 && dice.chance(0.8) ? 0 : dice.tail(2_000, 60_000),
      capacity: { cpu: size === 'large' ? dice.between(20, 60) : dice.between(2, 8), memory: 8_192, gpus: Array.from({ length: gpus }, (__, index) => ({ index, ...GPU })), declared: true },
    };
  });
}
