import type * as C from '@novacron/contracts';
import { NOTHING, type DecideContext, type Decision, type Message, type TimerChange } from '@novacron/kernel';
import { REMEMBERED } from '../run/messages.ts';
import type { WorkflowView } from './apply.ts';
import type { AdmissionExpired, OccasionExpired } from './messages.ts';
import { versionId, workflowId } from './state.ts';

interface OfRun {
  readonly workspace: string;
  readonly workflow: string;
  readonly run: string;
}

const OUTCOMES = { RunSucceeded: 'succeeded', RunFailed: 'failed', RunCancelled: 'cancelled' } as const;

/** A run of the workflow has ended: its place goes to those that have queued longest. */
export function onRunEnded(state: WorkflowView, message: C.RunSucceeded | C.RunFailed | C.RunCancelled, context: DecideContext): Decision {
  const { workspace, workflow, run } = message;
  if (state.admission.get(run)?.state !== 'active') return NOTHING;
  const left: Message = { type: 'RunLeft', workspace, workflow, run, outcome: OUTCOMES[message.type] };
  return { events: [left, ...released(state, message)], timers: [forgetLater(run, context)] };
}

/** A queued run ends without ever having been started. */
export function leave(of: OfRun, reason: string, context: DecideContext): [Message[], TimerChange[]] {
  const cancelled: Message = { type: 'RunCancelled', ...of, reason, startedAt: context.now };
  return [[{ type: 'RunLeft', ...of, outcome: 'cancelled' }, cancelled], [forgetLater(of.run, context)]];
}

export function onAdmissionExpired(state: WorkflowView, { run }: AdmissionExpired): Decision {
  return state.admission.has(run) ? { events: [{ type: 'AdmissionForgotten', run }] } : NOTHING;
}

export function onOccasionExpired(state: WorkflowView, { occasion }: OccasionExpired): Decision {
  return state.occasion.has(occasion) ? { events: [{ type: 'OccasionForgotten', occasion }] } : NOTHING;
}

/** Each carries a definition: where a raised limit makes room for more, the next ending lets in the next. */
const MOST_RELEASED = 4;

function released(state: WorkflowView, message: OfRun): Message[] {
  const { workspace, workflow } = message;
  const id = workflowId(message);
  const { limit } = state.version.get(versionId(id, state.workflow.get(id)!.version))!.definition.concurrency;
  const room = Math.min(limit - state.admission.count('byState', `${id}|active`) + 1, MOST_RELEASED);
  const events: Message[] = [];
  for (const run of state.admission.list('byState', `${id}|queued`)) {
    if (events.length >= room) break;
    events.push(release(state, { workspace, workflow, run }));
  }
  return events;
}

function release(state: WorkflowView, of: OfRun): Message {
  const { command, version, params, cause, priority, retry } = state.admission.get(of.run)!.queued!;
  const definition = retry?.definition ?? state.version.get(versionId(workflowId(of), version))!.definition;
  const again = retry ? { retryOf: retry.of, completed: retry.completed } : {};
  return { type: 'RunReleased', command, ...of, version, definition, params, cause, priority, ...again } as unknown as Message;
}

function forgetLater(run: string, context: DecideContext): TimerChange {
  return { id: `admission/${run}`, at: context.now + REMEMBERED, message: { type: 'AdmissionExpired', run } };
}
