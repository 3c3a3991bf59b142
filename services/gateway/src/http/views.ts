import type { Row } from '../projections/tables.ts';

/** What a caller is shown of rows that several services write. */
export const runStatus = (run: Row<'run'>): string => run.status ?? 'queued';
export const FINISHED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled', 'skipped', 'timed out']);

export function runView({ status: _, ...run }: Row<'run'>) {
  return { ...run, status: runStatus({ status: _, ...run } as Row<'run'>), duration: run.startedAt !== null && run.endedAt !== null ? run.endedAt - run.startedAt : null };
}

export function attemptStatus(attempt: Row<'attempt'>): string {
  if (attempt.status !== null && attempt.status !== 'starting') return attempt.status;
  if (attempt.leftBy === 'dequeued') return 'cancelled';
  return attempt.placedAt === null ? 'queued' : 'placed';
}

/** The resolver says what a task came to; between ready and that, its current attempt says more. */
export function taskStatus(task: Row<'task'>, current: Row<'attempt'> | undefined): string {
  if (task.status !== 'ready' || !current) return task.status ?? 'ready';
  const status = attemptStatus(current);
  // The attempt has ended and the resolver's word is on its way.
  return status === 'queued' || status === 'placed' ? status : 'running';
}

export function taskView(task: Row<'task'>, attempts: readonly Row<'attempt'>[]) {
  const { run: _, ordinal: __, ...shown } = task;
  const current = attempts.find((attempt) => attempt.attempt === task.attempt);
  return {
    ...shown, status: taskStatus(task, current), node: current?.node ?? null, gpus: current?.gpus ?? null,
    startedAt: current?.startedAt ?? current?.orderedAt ?? null, endedAt: task.endedAt ?? null, queueReason: current?.placedAt === null ? current.queueReason : null,
  };
}

export function attemptView({ run: _, workspace: __, workflow: ___, ...attempt }: Row<'attempt'>) {
  return { ...attempt, status: attemptStatus({ run: _, workspace: __, workflow: ___, ...attempt }) };
}
