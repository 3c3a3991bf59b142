import type { Json, Message } from '@novacron/kernel';
import { fill } from '@novacron/workflow';
import type { Draft } from './draft.ts';
import { REMEMBERED } from './messages.ts';
import { scopeOf } from './scope.ts';
import { SWEEP } from './sweep.ts';
import { bytesOf, MOST_BYTES } from './work.ts';

export const deadlineTimer = (run: string): string => `deadline/${run}`;
export const tombstoneTimer = (run: string): string => `tombstone/${run}`;

/** Every task has ended: says how the run did. Nothing may be said after it but the next slice of sweeping. */
export function finish(draft: Draft): void {
  const { run, id, context } = draft;
  if (draft.plan.definition.timeout !== undefined) draft.removeTimer(deadlineTimer(id));
  draft.setTimer(tombstoneTimer(id), context.now + REMEMBERED, { type: 'TombstoneExpired', run: id });
  draft.events.push(ending(draft) as Message);
  if (run.rows > SWEEP) draft.events.push({ type: 'RunContinued', run: id, from: `${run.slice + 1}` });
}

function ending(draft: Draft): object {
  const { run } = draft;
  const of = { ...draft.ofRun, startedAt: run.startedAt };
  if (run.stop && run.cancelled > 0) {
    const { kind, reason } = run.stop;
    return kind === 'cancel' ? { type: 'RunCancelled', ...of, reason } : { type: 'RunFailed', ...of, reason, timedOut: true };
  }
  if (run.failed) return { type: 'RunFailed', ...of, reason: `${run.failed.task}: ${run.failed.message}`, failedTask: run.failed.task };
  const outputs = fill(draft.plan.definition.outputs, scopeOf(draft));
  if (!outputs.ok) return { type: 'RunFailed', ...of, reason: `outputs: ${outputs.message}` };
  const bytes = bytesOf(outputs.value);
  if (bytes > MOST_BYTES) return { type: 'RunFailed', ...of, reason: `outputs: ${bytes} bytes, a run may have ${MOST_BYTES}; publish a file instead` };
  return { type: 'RunSucceeded', ...of, outputs: outputs.value as Record<string, Json> };
}
