import type * as C from '@novacron/contracts';
import { NOTHING, type DecideContext, type Decision } from '@novacron/kernel';
import { Draft, type RunView } from './draft.ts';
import { deadlineTimer } from './finish.ts';
import { settle } from './settle.ts';
import { bytesOf } from './work.ts';

/** The workflow let the run in: it exists now, and its first tasks are readied. */
export function onRunLetIn(state: RunView, message: C.RunAdmitted | C.RunReleased, context: DecideContext): Decision {
  const { command, workspace, workflow, run, version, definition, params, cause, priority, retryOf, completed } = message;
  if (state.run.has(run) || state.tombstone.has(run)) return NOTHING;
  const draft = new Draft(state, run, context);
  draft.say({ type: 'RunStarted', command, workspace, workflow, run, version, definition, params, cause, priority, retryOf, completed });
  draft.bytes += bytesOf([definition, params, completed]);
  if (definition.timeout !== undefined) draft.setTimer(deadlineTimer(run), context.now + definition.timeout, { type: 'RunDeadlineReached', run });
  draft.due.push(...draft.shapes.roots);
  return settle(draft);
}
