/**
 * A checked workflow definition: what `libs/workflow` makes of YAML and what the resolver runs.
 * Plain JSON, so it travels in `RunAdmitted` and hashes canonically.
 */

/** Durations are milliseconds everywhere inside; only the YAML has units. */
export type Millis = number;

/** A CEL expression as written by the user (source text, already parsed once and found valid). */
export type Expression = string;

/** A template value: JSON in which every string may hold `${{ CEL }}`; a string that is one mark only keeps the value's type. */
export type Template = null | boolean | number | string | readonly Template[] | { readonly [key: string]: Template };

export interface Resources {
  /** Cores; fractions allowed. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  /** Whole devices. */
  readonly gpu: number;
  readonly gpuType?: string;
}

/** A process start costs a core; a function in a warm worker costs a slice of one. */
export const FUNCTION_RESOURCES: Resources = { cpu: 0.05, memory: 0, gpu: 0 };
export const PROCESS_RESOURCES: Resources = { cpu: 1, memory: 0, gpu: 0 };

export type FailureClass = 'transient' | 'permanent' | 'data' | 'resource';

export interface RetryPolicy {
  /** Further attempts after the first. */
  readonly limit: number;
  /** Classes that are retried; a lost attempt and a timeout count as transient. */
  readonly on: readonly FailureClass[];
  readonly backoff: { readonly initial: Millis; readonly factor: number; readonly max: Millis; readonly jitter: number };
}

/** No further attempt; the rest is what a policy gets that leaves it out. */
export const DEFAULT_RETRY: RetryPolicy = {
  limit: 0,
  on: ['transient', 'resource'],
  backoff: { initial: 1_000, factor: 2, max: 60_000, jitter: 0.2 },
};
export const DEFAULT_GRACE: Millis = 10_000;

export interface ModelNeed {
  /** `workspace/name`. */
  readonly model: string;
  /** npm semver range. */
  readonly range: string;
  /** What the consumer demands of the version. */
  readonly compat?: {
    readonly inputs?: 'backward';
    readonly outputs?: 'backward';
    /** Comparison by metric name, e.g. `{top1: ">=0.80"}`. */
    readonly metrics?: Readonly<Record<string, string>>;
  };
  /** How long to wait for a version before the task fails. */
  readonly timeout?: Millis;
  /** Name under which the pinned version appears in `models.<as>`; default: the model's own name. */
  readonly as?: string;
}

export interface Publication {
  readonly model: string;
  /** Semver, or a template over the task's outputs. */
  readonly version: Template;
  /** `{input: {field: type}, output: {field: type}}`, or a template over the task's outputs. */
  readonly schema?: Template;
  readonly metrics?: Template;
  /** Name of a file that the task wrote under its artifacts. */
  readonly artifact?: string;
  /** Recorded in the lineage besides run, task and params: e.g. `{data: "${{ outputs.dataHash }}"}`. */
  readonly lineage?: Template;
}

export interface TaskDefinition {
  readonly name: string;
  /** Shown beside the name: what really runs. */
  readonly title?: string;
  readonly needs: readonly string[];
  readonly models: readonly ModelNeed[];
  /** False skips the task (and what needs it, unless their own `when` says otherwise). */
  readonly when?: Expression;
  readonly kind: 'function' | 'process' | 'none';
  /** `./tasks/prepare.mjs#prepare`, relative to the workflow's folder; for kind function. */
  readonly uses?: string;
  /** argv, for kind process; never a shell. */
  readonly run?: readonly Template[];
  readonly env?: Readonly<Record<string, Template>>;
  readonly params: Readonly<Record<string, Template>>;
  readonly inputs: Readonly<Record<string, Template>>;
  /** Declared outputs: name to type (`string`, `number`, `boolean`, `object`, `array`, `file`); absent means anything goes. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** A list, or a count N that stands for 0..N-1; one instance `name[i]` each, with `item` and `index`. */
  readonly forEach?: Expression;
  /** At most this many instances at once. */
  readonly maxParallel?: number;
  /** Absent: `DEFAULT_RETRY`; read it by `retryOf`. Defaults stay out so that a thousand tasks fit one commit. */
  readonly retry?: RetryPolicy;
  /** Of one attempt, from its start. */
  readonly timeout?: Millis;
  /** TERM to KILL at cancel and timeout; absent: `DEFAULT_GRACE`; read it by `graceOf`. */
  readonly grace?: Millis;
  /** Absent: the share of its kind; read it by `resourcesOf`. */
  readonly resources?: Resources;
  readonly publishes?: Publication;
}

/** The task's retry policy. */
export function retryOf(task: TaskDefinition): RetryPolicy {
  return task.retry ?? DEFAULT_RETRY;
}

/** Milliseconds between TERM and KILL. */
export function graceOf(task: TaskDefinition): Millis {
  return task.grace ?? DEFAULT_GRACE;
}

/** What one attempt of the task takes of a node; nothing for a task that runs nothing. */
export function resourcesOf(task: TaskDefinition): Resources {
  return task.resources ?? kindResources(task.kind);
}

/** What an attempt takes that says nothing of `resources`. */
export function kindResources(kind: TaskDefinition['kind']): Resources {
  if (kind === 'none') return { cpu: 0, memory: 0, gpu: 0 };
  return kind === 'process' ? PROCESS_RESOURCES : FUNCTION_RESOURCES;
}

export interface TriggerDefinition {
  /** Unique in the workflow; default `<kind>` or `<kind>-<n>`. */
  readonly name: string;
  readonly kind: 'cron' | 'interval' | 'file' | 'model';
  readonly cron?: string;
  /** IANA zone; default UTC. */
  readonly timezone?: string;
  readonly every?: Millis;
  /** What happens with nominal times that passed while nothing could fire. */
  readonly catchup?: 'skip' | 'latest' | 'all';
  /** Glob of a file's name inside the workspace's inbox, `*` and `?` only. */
  readonly path?: string;
  readonly model?: string;
  readonly range?: string;
  readonly compat?: ModelNeed['compat'];
  /** Run parameters; may use `trigger.*` (time, file, version, model). */
  readonly params: Readonly<Record<string, Template>>;
}

export interface WorkflowDefinition {
  readonly name: string;
  readonly description?: string;
  /** Declared run parameters with their defaults; a parameter without a default (null and required) must be given. */
  readonly params: Readonly<Record<string, { readonly default?: Template; readonly required: boolean; readonly type?: string }>>;
  readonly tasks: readonly TaskDefinition[];
  readonly triggers: readonly TriggerDefinition[];
  readonly concurrency: { readonly limit: number; readonly onConflict: 'queue' | 'skip' | 'replace' };
  readonly pool: string;
  readonly priority: number;
  readonly timeout?: Millis;
  /** sha256 of the uploaded folder that holds the tasks' code. */
  readonly bundle?: string;
  /** Output of the run, over the tasks' outputs. */
  readonly outputs: Readonly<Record<string, Template>>;
}
