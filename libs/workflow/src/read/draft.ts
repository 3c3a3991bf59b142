import type { TaskDefinition } from '@novacron/contracts';
import type { NameUse } from '../expression/compile.ts';
import type { Place } from '../yaml/node.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface NeedDraft {
  readonly name: string;
  readonly place: Place;
}

/** A task while it is being put together: what it says so far, and where. */
export interface TaskDraft {
  /** Where its name stands. */
  readonly place: Place;
  readonly definition: Writable<TaskDefinition>;
  readonly needs: NeedDraft[];
  /** False when the YAML says nothing about `needs`. */
  readonly saysNeeds: boolean;
}

/** Who writes an expression, and which names it may use. */
export interface ExpressionContext {
  /** What the expression belongs to, for messages. */
  readonly what: string;
  readonly roots: ReadonlySet<string>;
  /** The task whose transitive needs it may look at; absent for the workflow's own outputs, which see every task. */
  readonly task?: string;
}

/** One name that an expression uses, to be checked once all tasks are known. */
export interface PendingName {
  readonly use: NameUse;
  readonly place: Place;
  readonly offset: number;
  readonly context: ExpressionContext;
}

const RUN = ['params', 'tasks', 'models', 'run', 'trigger'];

export const TASK_ROOTS: ReadonlySet<string> = new Set(RUN);
export const INSTANCE_ROOTS: ReadonlySet<string> = new Set([...RUN, 'item', 'index']);
export const PUBLISH_ROOTS: ReadonlySet<string> = new Set([...RUN, 'outputs']);
export const TRIGGER_ROOTS: ReadonlySet<string> = new Set(['trigger']);
