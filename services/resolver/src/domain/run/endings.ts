import type { Failure } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';
import type { Draft } from './draft.ts';
import { needsAreClean } from './folds.ts';

export function succeed(draft: Draft, task: string, attempt: number, outputs: Record<string, Json>): void {
  draft.end({ type: 'TaskSucceeded', ...draft.ofRun, task, attempt, outputs });
}

export function fail(draft: Draft, task: string, failure: Failure): void {
  withdrawWaits(draft, task);
  draft.end({ type: 'TaskFailed', ...draft.ofRun, task, attempt: draft.task(task)?.attempt ?? 0, failure });
}

export function skip(draft: Draft, task: string, reason: string): void {
  draft.end({ type: 'TaskSkipped', ...draft.ofRun, task, reason });
}

export function cancel(draft: Draft, task: string): void {
  withdrawWaits(draft, task);
  const row = draft.task(task);
  if (row?.status === 'retrying') draft.removeTimer(retryTimer(draft.id, task));
  draft.end({ type: 'TaskCancelled', ...draft.ofRun, task, reason: draft.run.stop?.reason ?? 'cancelled' });
}

export const retryTimer = (run: string, task: string): string => `retry/${run}/${task}`;
export const waitTimer = (wait: string): string => `wait/${wait}`;

function withdrawWaits(draft: Draft, task: string): void {
  for (const { wait, model } of draft.task(task)?.waits ?? []) {
    draft.removeTimer(waitTimer(wait));
    draft.say({ type: 'AwaitWithdrawn', ...draft.ofRun, task, wait, model });
  }
}

/** Ends a forEach when its last instance has ended; under a stop, when none of those that were begun is left. */
export function endGroupWhenDone(draft: Draft, name: string): boolean {
  const group = draft.group(name)!;
  if (draft.task(name)?.status !== 'expanded') return true;
  const begun = draft.run.stop ? group.next : group.count;
  if (group.ended < begun) return false;
  if (group.cancelled > 0 || group.ended < group.count) cancel(draft, name);
  else if (group.failed) fail(draft, name, ofGroup(group.count, group.failed));
  else succeed(draft, name, allReused(draft, name) ? 0 : 1, {});
  return true;
}

function ofGroup(count: number, failed: { task: string; failure: Failure; count: number }): Failure {
  const { failure } = failed;
  return { class: failure.class, code: 'InstancesFailed', message: `${failed.count} of ${count} instances failed, first ${failed.task}: ${failure.message}` };
}

function allReused(draft: Draft, name: string): boolean {
  const group = draft.group(name)!;
  return draft.plan.completed !== undefined && group.reused === group.count && needsAreClean(draft.rows, draft.id, draft.shape(name).task.needs);
}
