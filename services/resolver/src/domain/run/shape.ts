import type { ModelNeed, TaskDefinition, Template, Work, WorkflowDefinition } from '@novacron/contracts';
import { canonical } from '@novacron/kernel';
import { graphOf, references } from '@novacron/workflow';

/** What is asked again and again about a task of a definition. */
export interface TaskShape {
  readonly task: TaskDefinition;
  /** Place in the topological order. */
  readonly order: number;
  readonly dependents: readonly string[];
  /** Needs whose state the task's own `when` looks at: they may have ended in any way. */
  readonly judged: ReadonlySet<string>;
  /** `when` looks at pinned models, so it can be asked only after they are. */
  readonly whenAfterModels: boolean;
  /** True when nothing in its work depends on the run: it is built once. */
  readonly fixed: boolean;
  work?: { readonly work: Work; readonly bytes: number };
}

export interface Shape {
  readonly tasks: ReadonlyMap<string, TaskShape>;
  readonly order: readonly string[];
  readonly roots: readonly string[];
}

const shapes = new WeakMap<WorkflowDefinition, Shape>();

/** The definition, taken apart once. */
export function shapeOf(definition: WorkflowDefinition): Shape {
  let shape = shapes.get(definition);
  if (!shape) shapes.set(definition, (shape = takeApart(definition)));
  return shape;
}

function takeApart(definition: WorkflowDefinition): Shape {
  const { order, roots, dependents } = graphOf(definition);
  const byName = new Map(definition.tasks.map((task) => [task.name, task]));
  const tasks = new Map<string, TaskShape>();
  order.forEach((name, i) => {
    const task = byName.get(name)!;
    tasks.set(name, {
      task,
      order: i,
      dependents: dependents.get(name) ?? [],
      judged: judgedBy(task),
      whenAfterModels: task.when !== undefined && /\bmodels\b/.test(task.when),
      fixed: [task.params, task.inputs, task.env ?? null, task.run ?? null].every(isFixed),
    });
  });
  return { tasks, order, roots };
}

/** Like `if: always()` of GitHub Actions, but per need: who asks for a task's state wants to decide for itself. */
function judgedBy(task: TaskDefinition): ReadonlySet<string> {
  if (task.when === undefined || !/[.]\s*state\b/.test(task.when)) return new Set();
  const named = references(task.when);
  return new Set(task.needs.filter((need) => named.has(need)));
}

function isFixed(template: Template): boolean {
  if (typeof template === 'string') return !template.includes('${{');
  return template === null || typeof template !== 'object' || Object.values(template).every(isFixed);
}

/** Needs of the same model, range and demands share one version in a run. */
export function pinKey(need: ModelNeed): string {
  return canonical([need.model, need.range, need.compat ?? null]);
}

/** Name under which expressions see the pinned version. */
export const modelAlias = (need: ModelNeed): string => need.as ?? need.model.slice(need.model.indexOf('/') + 1);
