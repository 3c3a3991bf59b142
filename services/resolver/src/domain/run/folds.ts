import type * as C from '@novacron/contracts';
import type { OutputsHeld, RunStopping, RunSwept, TombstoneRemoved } from './messages.ts';
import { modelAlias, pinKey, shapeOf } from './shape.ts';
import { groupOf, hasEnded, indexOf, taskId, type RunRows, type Task, type TaskStatus } from './state.ts';
import { bury, sweep } from './sweep.ts';

interface At {
  readonly time: number;
}
interface OfTask {
  readonly run: string;
  readonly task: string;
}

/** How the rows of a run follow from what the run said. */
export const runFolds = {
  RunStarted(rows: RunRows, e: C.RunStarted, at: At) {
    const { workspace, workflow, version, definition, params, cause, priority, retryOf, completed } = e;
    rows.plan.put(e.run, { workspace, workflow, version, definition, params, cause, priority, retryOf, completed });
    rows.run.put(e.run, { startedAt: at.time, open: definition.tasks.length, cancelled: 0, slice: 0, rows: definition.tasks.length });
    for (const name of shapeOf(definition).roots) rows.task.put(taskId(e.run, name), { run: e.run, name, status: 'due', attempt: 0 });
  },

  RunContinued(rows: RunRows, e: C.RunContinued) {
    const slice = Number.parseInt(e.from, 10);
    const run = rows.run.get(e.run);
    if (run) return rows.run.put(e.run, { ...run, slice });
    const tombstone = rows.tombstone.get(e.run);
    if (tombstone) rows.tombstone.put(e.run, { ...tombstone, slice });
  },

  RunStopping(rows: RunRows, e: RunStopping) {
    const run = rows.run.get(e.run)!;
    rows.run.put(e.run, { ...run, stop: { kind: e.kind, reason: e.reason } });
  },

  RunSucceeded: (rows: RunRows, e: C.RunSucceeded) => bury(rows, e.run, { outcome: 'succeeded', outputs: e.outputs }),
  RunFailed: (rows: RunRows, e: C.RunFailed) => bury(rows, e.run, { outcome: 'failed' }),
  RunCancelled: (rows: RunRows, e: C.RunCancelled) => bury(rows, e.run, { outcome: 'cancelled' }),
  RunSwept: (rows: RunRows, e: RunSwept) => sweep(rows, e.run),
  TombstoneRemoved: (rows: RunRows, e: TombstoneRemoved) => rows.tombstone.delete(e.run),

  TasksExpanded(rows: RunRows, e: C.TasksExpanded) {
    const id = taskId(e.run, e.task);
    const run = rows.run.get(e.run)!;
    const { maxParallel } = shapeOf(rows.plan.get(e.run)!.definition).tasks.get(e.task)!.task;
    change(rows, e, { status: 'expanded' });
    rows.group.put(id, { run: e.run, task: e.task, count: e.count, maxParallel: maxParallel ?? e.count, next: 0, ended: 0, succeeded: 0, cancelled: 0, reused: 0 });
    rows.run.put(e.run, { ...run, rows: run.rows + e.count });
    if (e.items) rows.items.put(id, { items: e.items });
  },

  TaskReady(rows: RunRows, e: C.TaskReady) {
    rows.task.put(taskId(e.run, e.task), { run: e.run, name: e.task, status: 'ready', attempt: e.attempt });
    const group = groupOf(e.task);
    if (group !== undefined && e.attempt === 1) advance(rows, e.run, group, indexOf(e.task));
  },

  OutputsHeld(rows: RunRows, e: OutputsHeld) {
    change(rows, e, { status: 'publishing', outputs: e.outputs });
  },

  TaskRetryScheduled(rows: RunRows, e: C.TaskRetryScheduled) {
    change(rows, e, { status: 'retrying' });
  },

  TaskCancelRequested(rows: RunRows, e: C.TaskCancelRequested) {
    change(rows, e, { status: 'cancelling' });
  },

  ModelAwaited(rows: RunRows, e: C.ModelAwaited) {
    const waits = rows.task.get(taskId(e.run, e.task))?.waits ?? [];
    const pin = pinKey({ model: e.model, range: e.range, ...(e.compat ? { compat: e.compat as never } : {}) });
    change(rows, e, { status: 'waiting', waits: [...waits, { wait: e.wait, model: e.model, pin }] });
  },

  AwaitWithdrawn(rows: RunRows, e: C.AwaitWithdrawn) {
    change(rows, e, { waits: (rows.task.get(taskId(e.run, e.task))?.waits ?? []).filter(({ wait }) => wait !== e.wait) });
  },

  ModelPinned(rows: RunRows, e: C.ModelPinned) {
    const need = shapeOf(rows.plan.get(e.run)!.definition).tasks.get(e.task)!.task.models.find((one) => modelAlias(one) === e.as)!;
    const pin = pinKey(need);
    const { model, version, metrics, schema, artifact, lineage } = e;
    if (!rows.pin.get(taskId(e.run, pin))) rows.pin.put(taskId(e.run, pin), { model, version, metrics, schema, artifact, lineage });
    change(rows, e, { waits: (rows.task.get(taskId(e.run, e.task))?.waits ?? []).filter((wait) => wait.pin !== pin) });
  },

  TaskSucceeded(rows: RunRows, e: C.TaskSucceeded) {
    const group = groupOf(e.task);
    if (group !== undefined) {
      endInstance(rows, e, group, 'succeeded', e.attempt, e.outputs);
      const row = rows.group.get(taskId(e.run, group))!;
      return rows.group.put(taskId(e.run, group), { ...row, succeeded: row.succeeded + 1, reused: row.reused + (e.attempt === 0 ? 1 : 0) });
    }
    // In a retry attempt 0 says: taken over from the run before.
    const clean = e.attempt === 0 && rows.plan.get(e.run)!.retryOf !== undefined;
    endTask(rows, { run: e.run, name: e.task, status: 'succeeded', attempt: e.attempt, outputs: e.outputs, ...(clean ? { clean } : {}) });
  },

  TaskFailed(rows: RunRows, e: C.TaskFailed) {
    const group = groupOf(e.task);
    if (group !== undefined) {
      endInstance(rows, e, group, 'failed', e.attempt);
      const row = rows.group.get(taskId(e.run, group))!;
      const failed = row.failed ? { ...row.failed, count: row.failed.count + 1 } : { task: e.task, failure: e.failure, count: 1 };
      return rows.group.put(taskId(e.run, group), { ...row, failed });
    }
    endTask(rows, { run: e.run, name: e.task, status: 'failed', attempt: e.attempt });
    const run = rows.run.get(e.run)!;
    if (!run.failed) rows.run.put(e.run, { ...run, failed: { task: e.task, message: e.failure.message } });
  },

  TaskSkipped(rows: RunRows, e: C.TaskSkipped) {
    const plan = rows.plan.get(e.run)!;
    const clean = plan.retryOf !== undefined && needsAreClean(rows, e.run, shapeOf(plan.definition).tasks.get(e.task)!.task.needs);
    endTask(rows, { run: e.run, name: e.task, status: 'skipped', attempt: 0, ...(clean ? { clean } : {}) });
  },

  TaskCancelled(rows: RunRows, e: C.TaskCancelled) {
    const attempt = rows.task.get(taskId(e.run, e.task))?.attempt ?? 0;
    const group = groupOf(e.task);
    if (group !== undefined) {
      endInstance(rows, e, group, 'cancelled', attempt);
      const row = rows.group.get(taskId(e.run, group))!;
      return rows.group.put(taskId(e.run, group), { ...row, cancelled: row.cancelled + 1 });
    }
    endTask(rows, { run: e.run, name: e.task, status: 'cancelled', attempt });
    const run = rows.run.get(e.run)!;
    rows.run.put(e.run, { ...run, cancelled: run.cancelled + 1 });
  },
};

/** Whether a task rests only on what a retry took over. */
export function needsAreClean(rows: RunRows, run: string, needs: readonly string[]): boolean {
  return needs.every((need) => rows.task.get(taskId(run, need))?.clean === true);
}

function change(rows: RunRows, e: OfTask, changes: Partial<Task>): void {
  const id = taskId(e.run, e.task);
  const row = rows.task.get(id) ?? { run: e.run, name: e.task, status: 'pending' as TaskStatus, attempt: 0 };
  rows.task.put(id, { ...row, ...changes });
}

function advance(rows: RunRows, run: string, task: string, index: number): void {
  const id = taskId(run, task);
  const group = rows.group.get(id)!;
  if (index >= group.next) rows.group.put(id, { ...group, next: index + 1 });
}

function endInstance(rows: RunRows, e: OfTask, groupName: string, status: TaskStatus, attempt: number, outputs?: Task['outputs']): void {
  const id = taskId(e.run, groupName);
  const group = rows.group.get(id)!;
  rows.task.put(taskId(e.run, e.task), { run: e.run, name: e.task, status, attempt, ...(outputs ? { outputs } : {}) });
  rows.group.put(id, { ...group, next: Math.max(group.next, indexOf(e.task) + 1), ended: group.ended + 1 });
}

function endTask(rows: RunRows, task: Task): void {
  rows.task.put(taskId(task.run, task.name), task);
  const run = rows.run.get(task.run)!;
  rows.run.put(task.run, { ...run, open: run.open - 1 });
  const { tasks } = shapeOf(rows.plan.get(task.run)!.definition);
  for (const name of tasks.get(task.name)!.dependents) {
    const id = taskId(task.run, name);
    const row = rows.task.get(id);
    if (row && hasEnded(row.status)) continue;
    const pending = (row?.pending ?? tasks.get(name)!.task.needs.length) - 1;
    rows.task.put(id, pending === 0 ? { run: task.run, name, status: 'due', attempt: 0 } : { run: task.run, name, status: 'pending', attempt: 0, pending });
  }
}
