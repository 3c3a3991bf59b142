import type { WorkflowApplyRequested, WorkflowDefinition } from '@novacron/contracts';
import { canonical, sha256, type Decision, type Message, type View } from '@novacron/kernel';
import { graphOf } from '@novacron/workflow';
import { workflowId, type tables } from './state.ts';

export type WorkflowView = View<typeof tables>;

export function definitionHash(definition: WorkflowDefinition, source: string): string {
  return sha256(canonical([definition, source]));
}

/** Stores a definition as the next version; the current one again is answered with its number. */
export function onWorkflowApplyRequested(state: WorkflowView, message: WorkflowApplyRequested): Decision {
  const { command, workspace, workflow, definition, source } = message;
  const of = { command, workspace, workflow };
  const fault = faultOf(definition);
  if (fault !== undefined) return { events: [{ type: 'WorkflowRefused', ...of, problem: { code: 'InvalidWorkflow', status: 422, detail: fault } }] };
  const current = state.workflow.get(workflowId(message));
  const same = current?.hash === definitionHash(definition, source);
  const version = same ? current!.version : (current?.version ?? 0) + 1;
  const applied = { type: 'WorkflowApplied', ...of, version, definition, source } as unknown as Message;
  if (same) return { events: [applied] };
  return { events: [applied, { type: 'TriggersDeclared', workspace, workflow, version, triggers: definition.triggers } as unknown as Message] };
}

/** The language was checked at the edge; a graph that could never end is kept out here too (DP-16). */
function faultOf(definition: WorkflowDefinition): string | undefined {
  const names = new Set(definition.tasks.map((task) => task.name));
  for (const task of definition.tasks) {
    const unknown = task.needs.find((need) => !names.has(need));
    if (unknown !== undefined) return `task '${task.name}' needs '${unknown}', which does not exist`;
  }
  if (names.size < definition.tasks.length) return 'two tasks have the same name';
  const { order } = graphOf(definition);
  const stuck = definition.tasks.find((task) => !order.includes(task.name));
  return stuck && `task '${stuck.name}' needs itself by way of its needs, or waits for tasks that do`;
}
