import type * as C from '@novacron/contracts';
import { NOTHING, type DecideContext, type Decision } from '@novacron/kernel';
import { Draft, type RunView } from './draft.ts';
import { cancel, fail, retryTimer, succeed } from './endings.ts';
import type { RetryDue } from './messages.ts';
import { checkOutputs } from './outputs.ts';
import { publish } from './publishing.ts';
import { ready } from './readiness.ts';
import { mayRetry, retryDelay } from './retry.ts';
import { settle } from './settle.ts';
import { taskId } from './state.ts';

interface OfAttempt {
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
}

/** The draft of a decision on an attempt that still counts; undefined for one that ended, was replaced, or whose run is over. */
function draftFor(state: RunView, message: OfAttempt, context: DecideContext): Draft | undefined {
  const row = state.task.get(taskId(message.run, message.task));
  if (!row || row.attempt !== message.attempt || (row.status !== 'ready' && row.status !== 'cancelling')) return undefined;
  return new Draft(state, message.run, context);
}

export function onAttemptSucceeded(state: RunView, message: C.AttemptSucceeded, context: DecideContext): Decision {
  const draft = draftFor(state, message, context);
  if (!draft) return NOTHING;
  const { task } = draft.shape(message.task);
  const checked = checkOutputs(task, message.outputs, message.files);
  if (!checked.ok) endFailed(draft, message, { class: 'data', code: 'OutputsInvalid', message: checked.message });
  else if (task.publishes) publish(draft, message, task.publishes, checked.outputs);
  else succeed(draft, message.task, message.attempt, checked.outputs);
  return settle(draft);
}

export function onAttemptFailed(state: RunView, message: C.AttemptFailed, context: DecideContext): Decision {
  const draft = draftFor(state, message, context);
  if (!draft) return NOTHING;
  endFailed(draft, message, message.failure);
  return settle(draft);
}

/** Nobody knows how it ended, so it counts as a failure that another attempt may mend. */
export function onAttemptLost(state: RunView, message: C.AttemptLost, context: DecideContext): Decision {
  return endUnfinished(state, message, context, 'AttemptLost', message.reason);
}

/** Stopped where it ran, or taken out of the pool's queue: by our wish, or (a drained node) by another's. */
export function onAttemptStopped(state: RunView, message: C.AttemptCancelled | C.TaskDequeued, context: DecideContext): Decision {
  return endUnfinished(state, message, context, 'AttemptCancelled', message.reason);
}

function endUnfinished(state: RunView, message: OfAttempt, context: DecideContext, code: string, reason: string): Decision {
  const draft = draftFor(state, message, context);
  if (!draft) return NOTHING;
  if (draft.run.stop) cancel(draft, message.task);
  else endFailed(draft, message, { class: 'transient', code, message: reason });
  return settle(draft);
}

function endFailed(draft: Draft, { task, attempt }: OfAttempt, failure: C.Failure): void {
  const definition = draft.shape(task).task;
  if (draft.run.stop || !mayRetry(definition, attempt, failure)) return fail(draft, task, failure);
  const at = draft.context.now + retryDelay(definition, draft.id, task, attempt);
  draft.say({ type: 'TaskRetryScheduled', ...draft.ofRun, task, attempt, at, failure });
  draft.setTimer(retryTimer(draft.id, task), at, { type: 'RetryDue', run: draft.id, task, attempt });
}

export function onRetryDue(state: RunView, message: RetryDue, context: DecideContext): Decision {
  const row = state.task.get(taskId(message.run, message.task));
  if (row?.status !== 'retrying' || row.attempt !== message.attempt) return NOTHING;
  const draft = new Draft(state, message.run, context);
  ready(draft, message.task, message.attempt + 1);
  return settle(draft);
}
