import type { WorkflowDefinition } from '@novacron/contracts';
import type { Dice } from '../dice.ts';
import { task, workflowOf } from './definitions.ts';
import { shape } from './shapes.ts';

/** One workflow of a size that few have: a wide graph, a fan of many instances, or one that is started again and again. */
export function largeWorkflow(dice: Dice, name: string): WorkflowDefinition {
  switch (dice.pick(['graph', 'fan', 'many'] as const)) {
    case 'graph': return workflowOf(name, graph(dice, dice.between(200, 2_000)));
    case 'fan': return workflowOf(name, [task('all', 'quick', { forEach: `${dice.between(410, 1_500)}`, ...(dice.chance(0.5) && { maxParallel: dice.between(50, 500) }) }), task('after', 'steady', { needs: ['all'] })]);
    case 'many': return workflowOf(name, [task('a', 'quick'), { name: 'b', needs: ['a'], models: [], kind: 'none', params: {}, inputs: {} }]);
  }
}

/** Mostly joints and branches, which leave no more than their endings: thousands of attempts would say nothing new. */
function graph(dice: Dice, count: number): WorkflowDefinition['tasks'] {
  return shape(dice, count).map((needs, i) => {
    const named = { needs: needs.map((n) => `t${n}`) };
    return dice.chance(0.2) ? task(`t${i}`, 'quick', named) : { name: `t${i}`, ...named, models: [], kind: 'none' as const, params: {}, inputs: {} };
  });
}

/** How often a client of a large seed starts it at once. */
export const startsAtOnce = (dice: Dice, { tasks }: WorkflowDefinition): number => (tasks.length === 2 && tasks[0]!.forEach === undefined ? dice.between(100, 1_000) : 1);
