import type { RunCancelForwarded } from '@novacron/contracts';
import { NOTHING, type DecideContext, type Decision } from '@novacron/kernel';
import { Draft, type RunView } from './draft.ts';
import { cancel, endGroupWhenDone } from './endings.ts';
import type { RunDeadlineReached } from './messages.ts';
import { continueLater, settle } from './settle.ts';
import { hasEnded, instanceName } from './state.ts';

/** Every task's ending repeats the reason. */
const MOST_REASON = 200;

/** A cancel is a wish: attempts that run are asked to stop and keep the ending that they have by then; all else ends here. */
export function onRunCancelForwarded(state: RunView, message: RunCancelForwarded, context: DecideContext): Decision {
  const { command, workspace, workflow, run, reason } = message;
  const live = state.run.get(run);
  if (!live) {
    if (!state.tombstone.has(run) || command === undefined) return NOTHING;
    const problem = { code: 'RunAlreadyFinished', status: 409, detail: `run ${run} has ended` };
    return { events: [{ type: 'RunCommandRefused', command, workspace, workflow, run, problem }] };
  }
  const draft = new Draft(state, run, context);
  if (command !== undefined) draft.say({ type: 'RunCommandAnswered', command, workspace, workflow, run, status: 'cancelling' });
  if (live.stop) return draft.decision;
  draft.say({ type: 'RunStopping', run, kind: 'cancel', reason: reason.slice(0, MOST_REASON) });
  return stopFrom(draft, 0, 0);
}

export function onRunDeadlineReached(state: RunView, { run }: RunDeadlineReached, context: DecideContext): Decision {
  const live = state.run.get(run);
  if (!live || live.stop) return NOTHING;
  const draft = new Draft(state, run, context);
  draft.say({ type: 'RunStopping', run, kind: 'timeout', reason: `the run took longer than ${draft.plan.definition.timeout} ms` });
  return stopFrom(draft, 0, 0);
}

/** Stops tasks in topological order, as many as a commit holds. Starting over at any place is harmless. */
export function stopFrom(draft: Draft, order: number, index: number): Decision {
  const names = draft.shapes.order;
  for (let at = order, i = index; at < names.length; at++, i = 0) {
    const name = names[at]!;
    const group = draft.group(name);
    for (; i < (group?.next ?? 0); i++) {
      if (draft.full) return pause(draft, at, i);
      stopTask(draft, instanceName(name, i));
    }
    if (draft.full) return pause(draft, at, i);
    if (group) endGroupWhenDone(draft, name);
    else stopTask(draft, name);
  }
  return settle(draft);
}

function pause(draft: Draft, order: number, index: number): Decision {
  continueLater(draft, `:${order}:${index}`);
  return draft.decision;
}

function stopTask(draft: Draft, name: string): void {
  const row = draft.task(name);
  const status = row?.status ?? 'pending';
  // A publication is on its way to the registry and will be answered.
  if (hasEnded(status) || status === 'cancelling' || status === 'publishing') return;
  if (status !== 'ready') return cancel(draft, name);
  const { workspace, definition } = draft.plan;
  draft.say({ type: 'TaskCancelRequested', workspace, run: draft.id, task: name, attempt: row!.attempt, pool: definition.pool, reason: draft.run.stop!.reason });
}
