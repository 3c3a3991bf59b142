import type { Cause, WorkflowDefinition } from '@novacron/contracts';
import { table } from '@novacron/kernel';
import type { Outputs } from '../run/state.ts';

/** Id: `workspace/name`. */
export interface Workflow {
  /** Number of the current version. */
  readonly version: number;
  /** Of definition and source: the same again is the same version. */
  readonly hash: string;
  /** Runs let in so far; orders them. */
  readonly runs: number;
}

/** A definition that is current, or that a queued run was admitted with. Id: `workspace/name@version`. */
export interface Version {
  readonly definition: WorkflowDefinition;
}

/** A run as its workflow knows it: until 7 days after its end. Id: run. */
export interface Admission {
  readonly workflow: string;
  readonly state: 'queued' | 'active' | 'succeeded' | 'failed' | 'cancelled';
  readonly order: number;
  /** A cancel is on its way. */
  readonly cancelling?: boolean;
  /** What it will be started with, while it is queued. */
  readonly queued?: Queued;
}

export interface Queued {
  readonly command?: string | undefined;
  readonly version: number;
  readonly params: Outputs;
  readonly cause: Cause;
  readonly priority: number;
  /** Of a retry: it runs the definition of the run before. */
  readonly retry?: { readonly of: string; readonly definition: WorkflowDefinition; readonly completed: Readonly<Record<string, Outputs>> };
}

/** A trigger's occasion that was answered. Id: `workspace/name|trigger|occasion`. */
export interface Occasion {
  readonly trigger: string;
}

const bucket = (row: Admission): string => `${row.workflow}|${row.state}`;

export const tables = {
  workflow: table<Workflow>(),
  version: table<Version>(),
  admission: table<Admission>({
    byState: (row) => (row.state === 'queued' || row.state === 'active' ? [bucket(row), row.order] : undefined),
    byVersion: (row) => (row.queued && !row.queued.retry ? [versionId(row.workflow, row.queued.version)] : undefined),
    stoppable: (row) => (row.state === 'active' && !row.cancelling ? [row.workflow, row.order] : undefined),
  }),
  occasion: table<Occasion>(),
};

export const workflowId = (of: { workspace: string; workflow: string }): string => `${of.workspace}/${of.workflow}`;
export const versionId = (workflow: string, version: number): string => `${workflow}@${version}`;
export const occasionId = (workflow: string, cause: { by: string; occasion: string }): string => `${workflow}|${cause.by}|${cause.occasion}`;
