import type * as C from '@novacron/contracts';
import { NOTHING, type DecideContext, type Decision } from '@novacron/kernel';
import { Draft, type RunView } from './draft.ts';
import { fail, waitTimer } from './endings.ts';
import type { ModelWaitExpired } from './messages.ts';
import { begin } from './readiness.ts';
import { settle } from './settle.ts';
import { modelAlias, pinKey } from './shape.ts';
import { taskId } from './state.ts';

export function onModelAwaitSatisfied(state: RunView, message: C.ModelAwaitSatisfied, context: DecideContext): Decision {
  const wait = openWait(state, message);
  if (!wait) return NOTHING;
  const draft = new Draft(state, message.run, context);
  const need = draft.shape(message.task).task.models.find((one) => pinKey(one) === wait.pin)!;
  const { model, version, metrics, schema, artifact, lineage } = message;
  // Another task of the run may have got its answer first: one run, one version.
  const pinned = draft.rows.pin.get(taskId(draft.id, wait.pin)) ?? { model, version, metrics, schema, artifact, lineage };
  draft.removeTimer(waitTimer(wait.wait));
  draft.say({ type: 'ModelPinned', ...draft.ofRun, task: message.task, as: modelAlias(need), ...pinned });
  if (draft.task(message.task)!.waits!.length === 0) begin(draft, message.task);
  return settle(draft);
}

export function onModelAwaitRefused(state: RunView, message: C.ModelAwaitRefused, context: DecideContext): Decision {
  if (!openWait(state, message)) return NOTHING;
  return failWait(state, message, context, 'ModelRefused', `${message.model}: ${message.reason}`);
}

export function onModelWaitExpired(state: RunView, message: ModelWaitExpired, context: DecideContext): Decision {
  const wait = openWait(state, message);
  return wait ? failWait(state, message, context, 'ModelWaitTimedOut', `no version of ${wait.model} fitted in time`) : NOTHING;
}

function failWait(state: RunView, at: { run: string; task: string }, context: DecideContext, code: string, message: string): Decision {
  const draft = new Draft(state, at.run, context);
  fail(draft, at.task, { class: 'permanent', code, message });
  return settle(draft);
}

function openWait(state: RunView, message: { run: string; task: string; wait: string }) {
  return state.task.get(taskId(message.run, message.task))?.waits?.find(({ wait }) => wait === message.wait);
}
