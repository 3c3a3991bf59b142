import type { RunRetryForwarded } from '@novacron/contracts';
import { NOTHING, type Decision, type Message } from '@novacron/kernel';
import type { RunView } from './draft.ts';
import type { TombstoneExpired } from './messages.ts';

/** A finished run hands its workflow what a retry starts from: the failed part runs again, the rest is taken over (FR-13). */
export function onRunRetryForwarded(state: RunView, message: RunRetryForwarded): Decision {
  const { command, workspace, workflow, run, by } = message;
  const tombstone = state.tombstone.get(run);
  const answer = { command, workspace, workflow, run };
  const refused = (code: string, detail: string): Decision => ({ events: [{ type: 'RunCommandRefused', ...answer, problem: { code, status: 409, detail } }] });
  if (state.run.has(run)) return refused('RunNotFinished', `run ${run} is still under way; cancel it first`);
  if (!tombstone) return refused('RunUnknown', `run ${run} ended more than 7 days ago; start a new one`);
  if (!tombstone.retry) return refused('RunSucceededAlready', `run ${run} succeeded: nothing is left to run again`);
  if (tombstone.sweep) return refused('RunStillClosing', `run ${run} is being cleared away; ask again in a moment`);
  const { plan: { version, definition, params, cause, priority }, completed } = tombstone.retry;
  const detail = { ...cause.detail, retryOf: run };
  const prepared = { type: 'RunRetryPrepared', ...answer, version, definition, params, cause: { kind: 'retry', by, detail }, priority, completed };
  return { events: [prepared as unknown as Message] };
}

export function onTombstoneExpired(state: RunView, { run }: TombstoneExpired): Decision {
  return state.tombstone.has(run) ? { events: [{ type: 'TombstoneRemoved', run }] } : NOTHING;
}
