import type { Cause, Failure, ModelVersion, WorkflowDefinition } from '@novacron/contracts';
import { table, type Json } from '@novacron/kernel';

export type Outputs = Readonly<Record<string, Json>>;

/** What a run was started with; never changes, so that the rows that do stay small. Id: run. */
export interface Plan {
  readonly workspace: string;
  readonly workflow: string;
  readonly version: number;
  readonly definition: WorkflowDefinition;
  readonly params: Outputs;
  readonly cause: Cause;
  readonly priority: number;
  readonly retryOf?: string | undefined;
  /** Of a retry: outputs that need not be made again, by task. */
  readonly completed?: Readonly<Record<string, Outputs>> | undefined;
}

/** Why a run is being brought to its end. */
export interface Stop {
  readonly kind: 'cancel' | 'timeout';
  readonly reason: string;
}

/** A run that is under way. Id: run. */
export interface Run {
  readonly startedAt: number;
  /** Tasks of the definition without an ending; at 0 the run ends. */
  readonly open: number;
  /** Tasks that a stop cut off. */
  readonly cancelled: number;
  /** The first task that failed for good. */
  readonly failed?: { readonly task: string; readonly message: string };
  readonly stop?: Stop;
  /** Number of the newest `RunContinued`: only that one counts. */
  readonly slice: number;
  /** Rows in `task`, about: tells whether sweeping takes more than one commit. */
  readonly rows: number;
}

/**
 * `pending`: needs are missing. `due`: they are there, to be decided next. `expanded`: a forEach whose instances run.
 * `publishing`: the attempt succeeded, the registry has not answered. `cancelling`: the attempt was asked to stop.
 */
export type TaskStatus =
  | 'pending' | 'due' | 'waiting' | 'ready' | 'cancelling' | 'publishing' | 'retrying' | 'expanded'
  | 'succeeded' | 'failed' | 'skipped' | 'cancelled';

/** A question to the registry that has no answer yet. */
export interface Wait {
  readonly wait: string;
  readonly model: string;
  /** Which pin it will become. */
  readonly pin: string;
}

/** A task, or one instance `task[i]` of a forEach; made when something first happens to it. Id: `run/task`. */
export interface Task {
  readonly run: string;
  readonly name: string;
  readonly status: TaskStatus;
  /** The newest attempt; 0 before the first. */
  readonly attempt: number;
  /** While pending: how many needs have no ending. */
  readonly pending?: number;
  readonly waits?: readonly Wait[];
  readonly outputs?: Outputs;
  /** In a retry: nothing that this task rests on was run again. */
  readonly clean?: boolean;
}

/** The instances of a forEach. Id: `run/task`. */
export interface Group {
  readonly run: string;
  readonly task: string;
  readonly count: number;
  readonly maxParallel: number;
  /** First instance that was not readied. */
  readonly next: number;
  readonly ended: number;
  readonly succeeded: number;
  readonly cancelled: number;
  /** Instances that a retry took over from the run before. */
  readonly reused: number;
  readonly failed?: { readonly task: string; readonly failure: Failure; readonly count: number };
}

/** What a forEach runs over, where that is not the index itself. Id: `run/task`. */
export interface Items {
  readonly items: readonly Json[];
}

/** A finished run, for 7 days. Id: run. */
export interface Tombstone {
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly outputs?: Outputs;
  readonly slice: number;
  /** Where sweeping of its rows goes on: order of the task, index of the instance. */
  readonly sweep?: readonly [order: number, index: number];
  /** What a retry starts from. */
  readonly retry?: { readonly plan: Plan; readonly completed: Readonly<Record<string, Outputs>>; readonly bytes: number };
}

export const tables = {
  plan: table<Plan>(),
  run: table<Run>(),
  task: table<Task>({ due: (task) => (task.status === 'due' ? [task.run] : undefined) }),
  group: table<Group>({ unfolding: (group) => (group.next < group.count && group.next - group.ended < group.maxParallel ? [group.run] : undefined) }),
  items: table<Items>(),
  pin: table<ModelVersion>(),
  tombstone: table<Tombstone>(),
};

/** The part of a table that folds and deciders of a run need; a draft of uncommitted changes gives the same. */
export interface Rows<T> {
  get(id: string): T | undefined;
  put(id: string, row: T): void;
  delete(id: string): void;
}

export interface RunRows {
  readonly plan: Rows<Plan>;
  readonly run: Rows<Run>;
  readonly task: Rows<Task>;
  readonly group: Rows<Group>;
  readonly items: Rows<Items>;
  readonly pin: Rows<ModelVersion>;
  readonly tombstone: Rows<Tombstone>;
}

export const taskId = (run: string, task: string): string => `${run}/${task}`;
export const instanceName = (task: string, index: number): string => `${task}[${index}]`;

/** `fan` of `fan[3]`; undefined for a task that is no instance. */
export function groupOf(task: string): string | undefined {
  return task.endsWith(']') ? task.slice(0, task.indexOf('[')) : undefined;
}

export const indexOf = (instance: string): number => Number(instance.slice(instance.indexOf('[') + 1, -1));

export const hasEnded = (status: TaskStatus): boolean => status === 'succeeded' || status === 'failed' || status === 'skipped' || status === 'cancelled';
