import type * as C from '@novacron/contracts';
import type { History } from '../seam.ts';
import { placeOf, type Commit } from './reading.ts';
import type { Report, Rule } from './rule.ts';

interface Run {
  readonly tasks: ReadonlyMap<string, C.TaskDefinition>;
  readonly endings: Map<string, string>;
  readonly models: Set<string>;
  /** Instances of a forEach that were readied and have not ended. */
  readonly under: Map<string, number>;
}
type OfTask = { readonly run: string; readonly task: string };

const groupOf = (task: string): string => (task.endsWith(']') ? task.slice(0, task.indexOf('[')) : task);
const TASK_ENDINGS = { TaskSucceeded: 'succeeded', TaskFailed: 'failed', TaskSkipped: 'skipped', TaskCancelled: 'cancelled' } as const;

/** Invariant 3: no task starts before its dependencies: tasks and models of the definition that the run's own record holds. */
export function dependencies(report: Report): Rule {
  const runs = new Map<string, Run>();
  const readied = new Set<string>();
  let seen = 0;

  function started({ run, definition }: C.RunStarted): void {
    runs.set(run, { tasks: new Map(definition.tasks.map((task) => [task.name, task])), endings: new Map(), models: new Set(), under: new Map() });
  }

  function begins(event: OfTask, commit: Commit): { run: Run; task: C.TaskDefinition } | undefined {
    const run = runs.get(event.run);
    const task = run?.tasks.get(groupOf(event.task));
    if (!run || !task) {
      report(placeOf(commit), `task ${event.run}/${event.task} is of no run that has started`);
      return undefined;
    }
    for (const need of task.needs) {
      const ending = run.endings.get(need);
      if (ending === undefined) report(placeOf(commit), `task ${event.run}/${event.task} begins before ${need}, which it needs, has ended`);
      else if (ending !== 'succeeded' && !judges(task, need)) report(placeOf(commit), `task ${event.run}/${event.task} begins, and ${need}, which it needs, is ${ending}`);
    }
    return { run, task };
  }

  function beginsWithModels(event: OfTask, commit: Commit): { run: Run; task: C.TaskDefinition } | undefined {
    const found = begins(event, commit);
    for (const { model } of found?.task.models ?? []) if (!found!.run.models.has(model)) report(placeOf(commit), `task ${event.run}/${event.task} begins before a version of ${model} is pinned`);
    return found;
  }

  function ready(event: C.TaskReady, commit: Commit): void {
    readied.add(`${event.run}/${event.task}/${event.attempt}`);
    const found = beginsWithModels(event, commit);
    const group = groupOf(event.task);
    if (!found || group === event.task || event.attempt > 1) return;
    const under = (found.run.under.get(group) ?? 0) + 1;
    found.run.under.set(group, under);
    const most = found.task.maxParallel;
    if (most !== undefined && under > most) report(placeOf(commit), `${under} instances of ${event.run}/${group} are under way, and at most ${most} may be`);
  }

  function ends(event: OfTask & { type: keyof typeof TASK_ENDINGS; attempt?: number }, commit: Commit): void {
    const run = runs.get(event.run);
    const group = groupOf(event.task);
    if (!run) return;
    if (event.type === 'TaskSucceeded') begins(event, commit);
    if (group === event.task) run.endings.set(event.task, TASK_ENDINGS[event.type]);
    else if (event.attempt !== 0 && readied.has(`${event.run}/${event.task}/1`)) run.under.set(group, run.under.get(group)! - 1);
  }

  return {
    events: {
      RunStarted: started, TaskReady: ready, TasksExpanded: beginsWithModels, ModelAwaited: begins,
      ModelPinned: ({ run, model }: C.ModelPinned) => void runs.get(run)?.models.add(model),
      ...Object.fromEntries(Object.keys(TASK_ENDINGS).map((type) => [type, ends])),
    },
    step({ nodes }: History) {
      for (; seen < nodes.length; seen++) {
        const { kind, node, run, task, attempt } = nodes[seen]!;
        const id = `${run}/${task}/${attempt}`;
        if (kind === 'began' && !readied.has(id)) report(node, `attempt ${id} began, and nothing in the log readied it`);
      }
    },
  };
}

/** A task whose condition asks for the state of a need decides for itself. */
function judges({ when }: C.TaskDefinition, need: string): boolean {
  return when !== undefined && /\.\s*state\b/.test(when) && when.includes(need);
}
