import { buildGraph, findCycles } from '../graph.ts';
import { didYouMean } from '../nearest.ts';
import type { NeedDraft, TaskDraft } from '../read/draft.ts';
import type { Report } from '../yaml/report.ts';

/** DP-01, DP-16: every need names another task, and no task waits for itself by any path. */
export function checkNeeds(report: Report, tasks: ReadonlyMap<string, TaskDraft>): void {
  for (const [name, { needs }] of tasks) {
    for (const need of needs) {
      if (need.name === name) report.error(need.place, `task '${name}' needs itself`, 'drop this entry');
      else if (!tasks.has(need.name)) report.error(need.place, `there is no task '${need.name.slice(0, 64)}'`, didYouMean(need.name, tasks.keys()));
    }
  }
  const graph = buildGraph(new Map([...tasks].map(([name, { needs }]) => [name, needs.map((need) => need.name).filter((need) => need !== name && tasks.has(need))])));
  for (const cycle of findCycles(graph)) reportCycle(report, tasks, cycle);
}

function reportCycle(report: Report, tasks: ReadonlyMap<string, TaskDraft>, cycle: readonly string[]): void {
  const { task, need } = weakestEdge(tasks, cycle);
  // The path is told from the edge to drop, so that message and place agree.
  const from = cycle.indexOf(task);
  const path = [...cycle.slice(from), ...cycle.slice(0, from), task];
  const shown = path.length > 12 ? [...path.slice(0, 6), '…', ...path.slice(-5)] : path;
  report.error(need.place, `these tasks wait for each other: ${shown.join(' needs ')}`, `drop '${need.name}' from the needs of '${task}'`);
}

/** People write tasks in the order they run, so the need that points furthest ahead in the text is the likely slip. */
function weakestEdge(tasks: ReadonlyMap<string, TaskDraft>, cycle: readonly string[]): { task: string; need: NeedDraft } {
  const order = new Map([...tasks.keys()].map((name, i) => [name, i]));
  let weakest: { task: string; need: NeedDraft; ahead: number } | undefined;
  cycle.forEach((task, i) => {
    const target = cycle[(i + 1) % cycle.length] as string;
    const need = tasks.get(task)?.needs.find((entry) => entry.name === target) as NeedDraft;
    const ahead = (order.get(target) ?? 0) - (order.get(task) ?? 0);
    if (weakest === undefined || ahead > weakest.ahead) weakest = { task, need, ahead };
  });
  return weakest as { task: string; need: NeedDraft };
}
