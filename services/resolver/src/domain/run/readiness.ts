import { resourcesOf, type Failure } from '@novacron/contracts';
import { evaluateCondition } from '@novacron/workflow';
import type { Draft } from './draft.ts';
import { endGroupWhenDone, fail, skip, succeed } from './endings.ts';
import { expand } from './expansion.ts';
import { needsAreClean } from './folds.ts';
import { scopeOf } from './scope.ts';
import type { TaskShape } from './shape.ts';
import { groupOf, instanceName } from './state.ts';
import { awaitModels } from './waits.ts';
import { workOf } from './work.ts';

/** Decides a task whose needs have all ended: skip it, fail it, wait for its models, or begin it. */
export function consider(draft: Draft, name: string): void {
  if (draft.task(name)?.status !== 'due') return;
  const shape = draft.shape(name);
  const missing = missingNeed(draft, shape);
  if (missing !== undefined) return skip(draft, name, missing);
  if (shape.task.forEach === undefined && reuse(draft, name)) return;
  if (!shape.whenAfterModels && !holds(draft, shape)) return;
  if (shape.task.models.length > 0 && awaitModels(draft, name)) return;
  begin(draft, name);
}

/** The task's models are pinned, or it needs none. */
export function begin(draft: Draft, name: string): void {
  const shape = draft.shape(name);
  if (shape.whenAfterModels && !holds(draft, shape)) return;
  if (shape.task.forEach !== undefined) return expand(draft, name);
  if (shape.task.kind === 'none') return succeed(draft, name, 1, {});
  ready(draft, name, 1);
}

/** Says that an attempt may be placed. */
export function ready(draft: Draft, name: string, attempt: number): void {
  const built = workOf(draft, name);
  if (!built.ok) return fail(draft, name, { class: 'data', code: built.code, message: built.message } satisfies Failure);
  const { plan } = draft;
  const { task } = draft.shape(name);
  draft.bytes += built.bytes + 300;
  draft.say({
    type: 'TaskReady', workspace: plan.workspace, workflow: plan.workflow, run: draft.id, task: name, attempt,
    pool: plan.definition.pool, priority: plan.priority, resources: resourcesOf(task), work: built.work,
    ...(task.title === undefined ? {} : { title: task.title }),
  });
}

/** Readies instances as far as `maxParallel` and the size of a commit allow; says whether the group has nothing left to ready now. */
export function unfold(draft: Draft, name: string): boolean {
  if (endGroupWhenDone(draft, name)) return true;
  const { kind } = draft.shape(name).task;
  for (let group = draft.group(name)!; group.next < group.count && group.next - group.ended < group.maxParallel; group = draft.group(name)!) {
    if (draft.full) return false;
    const instance = instanceName(name, group.next);
    if (reuse(draft, instance)) continue;
    if (kind === 'none') succeed(draft, instance, 1, {});
    else ready(draft, instance, 1);
  }
  endGroupWhenDone(draft, name);
  return true;
}

/** A retry takes over what succeeded before, where nothing that it rests on runs again (FR-13). */
function reuse(draft: Draft, name: string): boolean {
  const outputs = draft.plan.completed?.[name];
  if (!outputs || !needsAreClean(draft.rows, draft.id, draft.shape(groupOf(name) ?? name).task.needs)) return false;
  draft.bytes += JSON.stringify(outputs).length;
  succeed(draft, name, 0, { ...outputs });
  return true;
}

function missingNeed(draft: Draft, shape: TaskShape): string | undefined {
  for (const need of shape.task.needs) {
    const status = draft.task(need)?.status;
    if (status !== 'succeeded' && !shape.judged.has(need)) return `needs ${need}, which ${status === 'failed' ? 'failed' : `was ${status}`}`;
  }
  return undefined;
}

/** False when `when` ended the task: it says no, or it cannot say. */
function holds(draft: Draft, { task }: TaskShape): boolean {
  if (task.when === undefined) return true;
  const outcome = evaluateCondition(task.when, scopeOf(draft, task.name));
  if (outcome.ok && outcome.value) return true;
  if (outcome.ok) skip(draft, task.name, `its condition is false: ${task.when.slice(0, 120)}`);
  else fail(draft, task.name, { class: 'permanent', code: 'ConditionFailed', message: `when: ${outcome.message}` });
  return false;
}
