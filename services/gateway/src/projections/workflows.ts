import type { WorkflowApplied } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';
import type { Projection, Projections } from './project.ts';
import { put } from './tables.ts';

const workflowApplied: Projection<WorkflowApplied> = ({ workspace, workflow, version, definition, source }, { time }) => [
  put('workflow', { workspace, name: workflow }, { version, description: definition.description ?? null, tasks: definition.tasks.length, appliedAt: time }),
  put('workflowVersion', { workspace, workflow, version }, { definition: definition as unknown as Json, source, appliedAt: time }),
];

export const workflows: Projections = { WorkflowApplied: workflowApplied };
