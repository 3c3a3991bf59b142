import type * as C from '@novacron/contracts';
import { NOTHING, type DecideContext, type Decision, type Json, type Message, type TimerChange } from '@novacron/kernel';
import { REMEMBERED } from '../run/messages.ts';
import type { WorkflowView } from './apply.ts';
import { leave } from './leaving.ts';
import { bindParams } from './params.ts';
import { occasionId, versionId, workflowId } from './state.ts';

/** A run that somebody or something wants. */
interface Wanted {
  readonly command?: string | undefined;
  readonly workspace: string;
  readonly workflow: string;
  readonly run: string;
  readonly version: number;
  readonly definition: C.WorkflowDefinition;
  readonly params: Record<string, Json>;
  readonly cause: C.Cause;
  readonly priority: number;
  readonly retryOf?: string;
  readonly completed?: Record<string, Record<string, Json>>;
}

/** TR-15. */
export function onRunRequested(state: WorkflowView, message: C.RunRequested, context: DecideContext): Decision {
  const { command, workspace, workflow, actor, priority } = message;
  if (state.admission.has(command)) return NOTHING;
  return want(state, { command, workspace, workflow, priority }, message.params, { kind: 'manual', by: actor.name }, context);
}

/** Exactly one run per trigger and occasion, however often it is told. */
export function onTriggerFired(state: WorkflowView, message: C.TriggerFired, context: DecideContext): Decision {
  const { workspace, workflow, trigger, occasion, kind, detail } = message;
  const id = occasionId(workflowId(message), { by: trigger, occasion });
  if (state.occasion.has(id)) return NOTHING;
  const cause: C.Cause = { kind, by: trigger, occasion, detail };
  const decision = want(state, { workspace, workflow }, message.params, cause, context);
  const timer = { id: `occasion/${id}`, at: context.now + REMEMBERED, message: { type: 'OccasionExpired', occasion: id } };
  return { events: decision.events, timers: [...(decision.timers ?? []), timer] };
}

/** The finished run told what its retry starts from; the retry is admitted like any other run. */
export function onRunRetryPrepared(state: WorkflowView, message: C.RunRetryPrepared, context: DecideContext): Decision {
  const { command, run, workspace, workflow, version, definition, params, cause, priority, completed } = message;
  if (command === undefined || state.admission.has(command)) return NOTHING;
  return admit(state, { command, run: command, workspace, workflow, version, definition, params, cause, priority, retryOf: run, completed }, context);
}

type Asker = { command?: string; workspace: string; workflow: string; priority?: number | undefined };

/** A run takes its command's id; without one it is named beside its workflow, as commands are. */
function want(state: WorkflowView, asker: Asker, given: Record<string, Json>, cause: C.Cause, context: DecideContext): Decision {
  const { priority, ...of } = asker;
  const id = workflowId(of);
  const current = state.workflow.get(id);
  const definition = current && state.version.get(versionId(id, current.version))?.definition;
  if (!current || !definition) return refused(of, cause, 'WorkflowUnknown', 404, `workspace ${of.workspace} has no workflow '${of.workflow}'; apply it first`);
  const bound = bindParams(definition, given);
  if (!bound.ok) return refused(of, cause, 'InvalidParameters', 422, bound.detail);
  return admit(state, { ...of, run: of.command ?? context.newId(id), version: current.version, definition, params: bound.params, cause, priority: priority ?? definition.priority }, context);
}

function refused(of: Asker, cause: C.Cause, code: string, status: number, detail: string): Decision {
  return { events: [{ type: 'RunRefused', ...of, problem: { code, status, detail }, cause } as unknown as Message] };
}

/** Applies the workflow's concurrency policy. */
function admit(state: WorkflowView, wanted: Wanted, context: DecideContext): Decision {
  const id = workflowId(wanted);
  const { limit, onConflict } = wanted.definition.concurrency;
  const { command, workspace, workflow, cause } = wanted;
  const admitted = (queued: boolean): Message => ({ type: 'RunAdmitted', ...wanted, queued }) as unknown as Message;
  if (state.admission.count('byState', `${id}|active`) < limit) return { events: [admitted(false)] };
  if (onConflict === 'queue') return { events: [admitted(true)] };
  if (onConflict === 'replace') {
    const [events, timers] = makeRoom(state, wanted, context);
    return { events: [...events, admitted(true)], timers };
  }
  const reason = `${limit} run${limit === 1 ? ' is' : 's are'} active, which is the workflow's limit`;
  return { events: [{ type: 'RunSkipped', command, workspace, workflow, reason, cause } as unknown as Message] };
}

/** The newest run takes the place of the oldest that is not yet being cancelled; where all are, of the oldest that waits. */
function makeRoom(state: WorkflowView, wanted: Wanted, context: DecideContext): [Message[], TimerChange[]] {
  const id = workflowId(wanted);
  const { workspace, workflow } = wanted;
  const reason = `replaced by run ${wanted.run}`;
  const active = state.admission.first('stoppable', id);
  if (active !== undefined) return [[{ type: 'RunCancelForwarded', workspace, workflow, run: active, reason, by: 'concurrency' }], []];
  const queued = state.admission.first('byState', `${id}|queued`);
  return queued === undefined ? [[], []] : leave({ workspace, workflow, run: queued }, reason, context);
}
