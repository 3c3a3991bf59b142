import type { RunCancelRequested, RunRetryRequested } from '@novacron/contracts';
import { NOTHING, type DecideContext, type Decision } from '@novacron/kernel';
import type { WorkflowView } from './apply.ts';
import { leave } from './leaving.ts';
import { workflowId } from './state.ts';

/** Hands the wish to the run; a run that still queues ends here. */
export function onRunCancelRequested(state: WorkflowView, message: RunCancelRequested, context: DecideContext): Decision {
  const { command, workspace, workflow, run, reason, actor } = message;
  const of = { command, workspace, workflow, run };
  const row = state.admission.get(run);
  if (row?.workflow !== workflowId(message)) return unknown(of);
  if (row.state === 'active') return { events: [{ type: 'RunCancelForwarded', ...of, reason, by: actor.name }] };
  if (row.state !== 'queued') return refused(of, 'RunAlreadyFinished', `run ${run} ${row.state === 'cancelled' ? 'was cancelled' : row.state}`);
  const [events, timers] = leave({ workspace, workflow, run }, reason, context);
  return { events: [{ type: 'RunCommandAnswered', ...of, status: 'cancelled' }, ...events], timers };
}

/** The finished run knows what a retry starts from, so it is asked. */
export function onRunRetryRequested(state: WorkflowView, message: RunRetryRequested): Decision {
  const { command, workspace, workflow, run, actor } = message;
  const of = { command, workspace, workflow, run };
  if (state.admission.has(command)) return NOTHING;
  const row = state.admission.get(run);
  if (row?.workflow !== workflowId(message)) return unknown(of);
  if (row.state === 'failed' || row.state === 'cancelled') return { events: [{ type: 'RunRetryForwarded', ...of, by: actor.name }] };
  if (row.state === 'succeeded') return refused(of, 'RunSucceededAlready', `run ${run} succeeded: nothing is left to run again`);
  return refused(of, 'RunNotFinished', `run ${run} is ${row.state}; cancel it first`);
}

type Of = { command: string; workspace: string; workflow: string; run: string };

function unknown(of: Of): Decision {
  return { events: [{ type: 'RunCommandRefused', ...of, problem: { code: 'RunUnknown', status: 404, detail: `workflow ${of.workflow} has no run ${of.run}, or it ended more than 7 days ago` } }] };
}

function refused(of: Of, code: string, detail: string): Decision {
  return { events: [{ type: 'RunCommandRefused', ...of, problem: { code, status: 409, detail } }] };
}
