import type * as C from '@novacron/contracts';
import type { State } from '@novacron/kernel';
import { definitionHash } from './apply.ts';
import type { AdmissionForgotten, OccasionForgotten, RunLeft } from './messages.ts';
import { occasionId, versionId, workflowId, type Queued, type tables } from './state.ts';

type WorkflowState = State<typeof tables>;

/** How a workflow's rows follow from what was said about it. */
export const workflowFolds = {
  WorkflowApplied(state: WorkflowState, e: C.WorkflowApplied) {
    const id = workflowId(e);
    const before = state.workflow.get(id);
    if (before?.version === e.version) return;
    state.workflow.put(id, { version: e.version, hash: definitionHash(e.definition, e.source), runs: before?.runs ?? 0 });
    state.version.put(versionId(id, e.version), { definition: e.definition });
    if (before) forgetVersion(state, id, before.version);
  },

  RunAdmitted(state: WorkflowState, e: C.RunAdmitted) {
    const id = workflowId(e);
    const workflow = state.workflow.get(id)!;
    state.workflow.put(id, { ...workflow, runs: workflow.runs + 1 });
    const row = { workflow: id, order: workflow.runs };
    state.admission.put(e.run, e.queued ? { ...row, state: 'queued', queued: queuedOf(e) } : { ...row, state: 'active' });
    noteOccasion(state, id, e.cause);
  },

  RunReleased(state: WorkflowState, e: C.RunReleased) {
    const { workflow, order } = state.admission.get(e.run)!;
    state.admission.put(e.run, { workflow, order, state: 'active' });
    forgetVersion(state, workflow, e.version);
  },

  RunRefused(state: WorkflowState, e: C.RunRefused) {
    if (e.cause) noteOccasion(state, workflowId(e), e.cause);
  },

  RunSkipped(state: WorkflowState, e: C.RunSkipped) {
    noteOccasion(state, workflowId(e), e.cause);
  },

  RunCancelForwarded(state: WorkflowState, e: C.RunCancelForwarded) {
    const row = state.admission.get(e.run)!;
    state.admission.put(e.run, { ...row, cancelling: true });
  },

  RunLeft(state: WorkflowState, e: RunLeft) {
    const { workflow, order, queued } = state.admission.get(e.run)!;
    state.admission.put(e.run, { workflow, order, state: e.outcome });
    if (queued) forgetVersion(state, workflow, queued.version);
  },

  AdmissionForgotten(state: WorkflowState, e: AdmissionForgotten) {
    state.admission.delete(e.run);
  },

  OccasionForgotten(state: WorkflowState, e: OccasionForgotten) {
    state.occasion.delete(e.occasion);
  },
};

function queuedOf({ command, version, definition, params, cause, priority, retryOf, completed }: C.RunAdmitted): Queued {
  const retry = retryOf === undefined ? {} : { retry: { of: retryOf, definition, completed: completed ?? {} } };
  return { command, version, params, cause, priority, ...retry };
}

function noteOccasion(state: WorkflowState, workflow: string, cause: C.Cause): void {
  if (cause.occasion !== undefined) state.occasion.put(occasionId(workflow, { by: cause.by, occasion: cause.occasion }), { trigger: cause.by });
}

/** Only the current version is kept whole, and those that queued runs wait with. */
function forgetVersion(state: WorkflowState, workflow: string, version: number): void {
  const id = versionId(workflow, version);
  if (state.workflow.get(workflow)?.version !== version && state.admission.count('byVersion', id) === 0) state.version.delete(id);
}
