import type { WorkflowDefinition } from '@novacron/contracts';

/** A definition's tasks as nodes and edges. */
export interface Graph {
  /** Who needs a task, by its name. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
  /** What a task needs, by its name. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** Tasks that need no task. */
  readonly roots: readonly string[];
  /** Every task after what it needs; ties in the order of the YAML (Kahn 1962). */
  readonly order: readonly string[];
}

const graphs = new WeakMap<WorkflowDefinition, Graph>();

/** The graph of a checked definition, built once per definition object. */
export function graphOf(definition: WorkflowDefinition): Graph {
  let graph = graphs.get(definition);
  if (graph === undefined) {
    graph = buildGraph(new Map(definition.tasks.map((task) => [task.name, task.needs])));
    graphs.set(definition, graph);
  }
  return graph;
}

/** The graph of needs by task name; tasks on a cycle, and what waits for them, are missing from `order`. */
export function buildGraph(dependencies: ReadonlyMap<string, readonly string[]>): Graph {
  const dependents = new Map<string, string[]>([...dependencies.keys()].map((name) => [name, []]));
  const waiting = new Map<string, number>();
  for (const [name, needs] of dependencies) {
    waiting.set(name, needs.length);
    for (const need of needs) dependents.get(need)?.push(name);
  }
  const roots = [...dependencies.keys()].filter((name) => waiting.get(name) === 0);
  const order = [...roots];
  for (let i = 0; i < order.length; i++) {
    for (const next of dependents.get(order[i] as string) ?? []) {
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0) order.push(next);
    }
  }
  return { dependents, dependencies, roots, order };
}

/** Everything that a task needs, nearest first, itself not included. */
export function upstream(dependencies: ReadonlyMap<string, readonly string[]>, name: string): Set<string> {
  const found = new Set<string>(dependencies.get(name) ?? []);
  for (const need of found) for (const further of dependencies.get(need) ?? []) found.add(further);
  return found;
}

/**
 * One cycle for each knot of tasks that need each other, as the path `[a, b, c]` where a needs b, b needs c and c needs a;
 * none when the graph is a DAG.
 */
export function findCycles(graph: Graph): string[][] {
  const ordered = new Set(graph.order);
  // What a cycle leads to is not ordered either: only a walk along needs is sure to come round.
  const left = new Set([...graph.dependencies.keys()].filter((name) => !ordered.has(name)));
  const cycles: string[][] = [];
  while (left.size > 0) {
    const path: string[] = [];
    const at = new Map<string, number>();
    let name = left.values().next().value;
    while (name !== undefined && !at.has(name)) {
      at.set(name, path.length);
      path.push(name);
      name = graph.dependencies.get(name)?.find((need) => left.has(need));
    }
    if (name !== undefined) cycles.push(path.slice(at.get(name)));
    for (const seen of path) left.delete(seen);
  }
  return cycles;
}
