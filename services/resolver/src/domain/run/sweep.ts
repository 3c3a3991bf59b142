import { instanceName, taskId, type Outputs, type RunRows, type Tombstone } from './state.ts';
import { pinKey, shapeOf } from './shape.ts';

/** Rows that one commit removes. */
export const SWEEP = 1_000;
/** Outputs that a tombstone keeps for a retry, in characters of JSON. */
const KEPT = 64 * 1024;
/** A definition longer than this leaves them less: both travel in one event. */
const LONG_DEFINITION = 160 * 1024;

/** Puts the tombstone in the run's place and removes the first of its rows. */
export function bury(rows: RunRows, run: string, ending: Pick<Tombstone, 'outcome' | 'outputs'>): void {
  const live = rows.run.get(run);
  const plan = rows.plan.get(run);
  // A run that was cancelled in its workflow's queue never was a run here.
  if (!live || !plan) return;
  const retry = ending.outcome === 'succeeded' ? {} : { retry: { plan: { ...plan, completed: undefined }, completed: {}, bytes: Math.max(0, JSON.stringify(plan.definition).length - LONG_DEFINITION) } };
  rows.tombstone.put(run, { ...ending, slice: live.slice, sweep: [0, 0], ...retry });
  rows.run.delete(run);
  sweep(rows, run);
}

/** Removes up to `SWEEP` rows of a finished run, in topological order, and notes on the way what a retry can take over. */
export function sweep(rows: RunRows, run: string): void {
  const tombstone = rows.tombstone.get(run);
  const plan = rows.plan.get(run);
  if (!tombstone?.sweep || !plan) return;
  const { order, tasks } = shapeOf(plan.definition);
  const keep = keeper(tombstone.retry);
  let [at, index] = tombstone.sweep;
  let left = SWEEP;
  for (; at < order.length && left > 0; at++, index = 0) {
    const name = order[at]!;
    const id = taskId(run, name);
    const count = rows.group.get(id)?.next ?? 0;
    for (; index < count && left > 0; index++, left--) take(rows, run, instanceName(name, index), keep);
    if (index < count) break;
    if (count > 0 || rows.group.get(id)) drop(rows, id);
    else take(rows, run, name, keep);
    for (const need of tasks.get(name)!.task.models) rows.pin.delete(taskId(run, pinKey(need)));
    left--;
  }
  const { sweep: _, ...rest } = tombstone;
  const retry = tombstone.retry ? { retry: { plan: tombstone.retry.plan, ...keep.kept() } } : {};
  if (at < order.length) return rows.tombstone.put(run, { ...rest, ...retry, sweep: [at, index] });
  rows.tombstone.put(run, { ...rest, ...retry });
  rows.plan.delete(run);
}

type Keeper = ReturnType<typeof keeper>;

/** Outputs are kept as long as they fit, then none: what is kept never rests on something that is not. */
function keeper(retry: Tombstone['retry']) {
  const completed: Record<string, Outputs> = { ...retry?.completed };
  let bytes = retry?.bytes ?? Infinity;
  return {
    add(task: string, outputs: Outputs): void {
      if (bytes > KEPT) return;
      bytes += JSON.stringify(outputs).length + task.length;
      if (bytes <= KEPT) completed[task] = outputs;
    },
    kept: () => ({ completed, bytes }),
  };
}

function take(rows: RunRows, run: string, task: string, keep: Keeper): void {
  const id = taskId(run, task);
  const row = rows.task.get(id);
  if (!row) return;
  if (row.status === 'succeeded') keep.add(task, row.outputs ?? {});
  rows.task.delete(id);
}

function drop(rows: RunRows, id: string): void {
  rows.task.delete(id);
  rows.group.delete(id);
  rows.items.delete(id);
}
