import type { Capacity, Cause, Failure, FileRef, ModelVersion, Resources, Role, TriggerDefinition, WorkflowDefinition } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';

/** What the API shows. Times are ms since the epoch; what no event has said yet is null. */
type Maybe<T> = T | null;
type Values = Readonly<Record<string, Json>>;

export interface WorkspaceView { readonly name: string; readonly title: Maybe<string>; readonly createdAt: Maybe<number>; readonly role: Role }

export interface KeyView {
  readonly id: string; readonly workspace: string; readonly name: string; readonly role: Role; readonly prefix: string;
  readonly createdAt: number; readonly createdBy: string; readonly expiresAt: Maybe<number>; readonly revokedAt: Maybe<number>;
}

export interface WorkflowView { readonly workspace: string; readonly name: string; readonly version: number; readonly description: Maybe<string>; readonly tasks: number; readonly appliedAt: number }
export interface WorkflowDetail extends WorkflowView { readonly current: number; readonly definition: WorkflowDefinition; readonly source: string }

export type RunStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'timed out';
const FINISHED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled', 'timed out']);
/** Whether a run of this status will not change any more. */
export const isFinished = (status: string): boolean => FINISHED.has(status);

export interface RunView {
  readonly id: string; readonly workspace: string; readonly workflow: string; readonly version: number; readonly status: RunStatus;
  readonly params: Values; readonly cause: Maybe<Cause>; readonly priority: number; readonly createdAt: Maybe<number>; readonly startedAt: Maybe<number>; readonly endedAt: Maybe<number>;
  /** ms, of a finished run. */
  readonly duration: Maybe<number>;
  readonly reason: Maybe<string>; readonly failedTask: Maybe<string>; readonly outputs: Maybe<Values>; readonly retryOf: Maybe<string>;
}

export interface TaskView {
  readonly name: string; readonly parent: Maybe<string>; readonly index: number; readonly count: Maybe<number>; readonly title: Maybe<string>; readonly kind: string; readonly needs: Maybe<readonly string[]>;
  readonly status: string; readonly attempt: Maybe<number>; readonly readyAt: Maybe<number>; readonly startedAt: Maybe<number>; readonly endedAt: Maybe<number>;
  readonly outputs: Maybe<Values>; readonly failure: Maybe<Failure>; readonly reason: Maybe<string>; readonly waitingOn: Maybe<string>; readonly waitingFor: Maybe<string>;
  readonly retryAt: Maybe<number>; readonly node: Maybe<string>; readonly gpus: Maybe<readonly number[]>; readonly queueReason: Maybe<string>;
}

export interface RunDetail extends RunView {
  /** Tasks by status. */
  readonly counts: Readonly<Record<string, number>>;
  /** The first 1,000; more with `runs.tasks`. */
  readonly tasks: readonly TaskView[];
}

export interface AttemptView {
  readonly task: string; readonly attempt: number; readonly status: string; readonly pool: Maybe<string>; readonly node: Maybe<string>; readonly policy: Maybe<string>; readonly resources: Maybe<Resources>;
  readonly queuedAt: Maybe<number>; readonly placedAt: Maybe<number>; readonly startedAt: Maybe<number>; readonly endedAt: Maybe<number>; readonly failure: Maybe<Failure>; readonly files: Maybe<readonly FileRef[]>;
}
export interface TaskDetail extends TaskView { readonly attempts: readonly AttemptView[]; readonly models: readonly { readonly as: string; readonly model: string; readonly version: string }[] }

export interface WhyView { readonly run: string; readonly task: string; readonly status: string; readonly waitsFor: readonly { readonly kind: string; readonly detail: string }[] }

/** A thing and what caused it, across teams. */
export interface TraceView {
  readonly kind: 'run' | 'trigger' | 'model version' | 'person'; readonly name: string; readonly workspace: string;
  readonly detail?: Values; readonly causedBy: readonly TraceView[];
}

export interface ModelView { readonly name: string; readonly latest: string; readonly publishedAt: number }
export interface ModelVersionView {
  readonly model: string; readonly version: string; readonly metrics: Maybe<Readonly<Record<string, number>>>; readonly schema: Maybe<NonNullable<ModelVersion['schema']>>;
  readonly artifact: Maybe<FileRef>; readonly lineage: Maybe<Values>; readonly workspace: Maybe<string>; readonly run: Maybe<string>; readonly task: Maybe<string>; readonly publishedAt: number;
}
export interface ModelDetail extends ModelView {
  readonly versions: readonly ModelVersionView[];
  readonly aliases: readonly { readonly alias: string; readonly version: string; readonly previous: Maybe<string>; readonly setAt: number }[];
  readonly grants: readonly { readonly grantee: string; readonly grantedAt: number }[];
}

export interface TriggerView {
  /** `workflow/name`. */
  readonly id: string; readonly workspace: string; readonly workflow: string; readonly definition: TriggerDefinition;
  /** By its workflow's YAML, not on its own. */
  readonly declared: boolean;
  readonly appliedAt: number; readonly firedAt: Maybe<number>; readonly occasion: Maybe<string>; readonly conflictAt: Maybe<number>; readonly conflict: Maybe<string>;
}

export interface DestinationView { readonly workspace: string; readonly name: string; readonly kind: 'slack' | 'webhook'; readonly shown: string; readonly events: readonly string[]; readonly addedAt: number }
export interface DeliveryView {
  readonly id: string; readonly destination: string; readonly event: string; readonly subject: string; readonly text: string; readonly status: string; readonly tries: number;
  readonly requestedAt: number; readonly nextAt: Maybe<number>; readonly endedAt: Maybe<number>; readonly error: Maybe<string>;
}

export interface PoolView { readonly name: string; readonly title: Maybe<string>; readonly nodes: number; readonly ready: number }
export interface NodeView { readonly pool: string; readonly name: string; readonly state: string; readonly capacity: Maybe<Capacity>; readonly boot: Maybe<string>; readonly changedAt: number; readonly reason: Maybe<string> }
/** null is unbounded. */
export interface Limit { readonly cpu: number | null; readonly memory: number | null; readonly gpu: number | null }
export interface QuotaView { readonly pool: string; readonly grantee: string; readonly limit: Limit; readonly setAt: number }

export interface QueueItem {
  readonly place: number; readonly workspace: string; readonly workflow: string; readonly run: string; readonly task: string; readonly attempt: number;
  readonly priority: number; readonly resources: Resources; readonly queuedAt: number; readonly reason: Maybe<string>;
}
export interface QueueView {
  /** All that wait, those of other workspaces too. */
  readonly waiting: number;
  readonly items: readonly QueueItem[];
}

export interface AuditView {
  /** Of the command. */
  readonly id: string; readonly at: number; readonly operation: string; readonly detail: Values;
  readonly actor: { readonly key: string; readonly name: string; readonly ip?: string; readonly auth?: string };
  readonly actorKey: string;
  /** Null while the service that decides has not answered. */
  readonly outcome: Maybe<{ readonly type: string; readonly status: number; readonly code?: string; readonly detail?: string }>;
  readonly settledAt: Maybe<number>;
}
/** A partition as the log's books have it. */
export interface PartitionView { readonly service: string; readonly partition: number; readonly commits: number; readonly epoch: number; readonly address: string; readonly signed: Maybe<number> }
/** A partition that was read whole. */
export interface PartitionCountView {
  readonly topic: string; readonly partition: number; readonly commits: number; readonly claims: number; readonly epoch: number; readonly owner: string; readonly rows: number; readonly bytes: number;
  readonly events: number; readonly ignored: Readonly<Record<string, number>>; readonly firstTime: Maybe<number>; readonly lastTime: Maybe<number>;
}
/** A record as it lies in the log, and what the rule says of it. */
export interface RecordView {
  readonly position: string; readonly verdict: string; readonly hash: string; readonly bytes: number;
  readonly record: {
    readonly kind: 'commit' | 'claim' | 'unreadable'; readonly epoch?: number; readonly owner?: string; readonly seq?: number; readonly time?: number; readonly cause?: string; readonly address?: string; readonly text?: string;
    readonly input?: { readonly topic: string; readonly partition: number; readonly seq: number }; readonly events?: readonly EventView[]; readonly effects?: readonly { readonly effect: EventView }[];
  };
}
export interface EventView { readonly type: string; readonly [field: string]: Json | undefined }
/** A commit of the stream. */
export interface CommitView { readonly position: string; readonly epoch: number; readonly time: number; readonly cause: Maybe<string>; readonly events: readonly EventView[] }

/** `line` is the signed statement, as it is kept and checked. */
export interface SignedHeadView { readonly topic: string; readonly partition: number; readonly n: number; readonly line: string }

/** Answers of commands. */
export interface StartedRun { readonly run: string; readonly workflow: string; readonly version: number; readonly status: string }
/** A run that the workflow's concurrency policy did not let in. */
export interface SkippedRun { readonly workflow: string; readonly status: 'skipped'; readonly reason: string }
export interface AppliedWorkflow { readonly workflow: string; readonly version: number }
export interface CreatedKey {
  readonly key: string; readonly name: string; readonly role: Role; readonly prefix: string; readonly expiresAt?: number;
  /** The key's text: shown in the answer that made it, never again. */
  readonly secret?: string;
}
