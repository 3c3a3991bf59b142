import { z } from 'zod';

/** Building blocks of message schemas. */
export const json: z.ZodType<import('@novacron/kernel').Json> = z.json() as never;
export const record = z.record(z.string(), json);

/** Lower-case name of a workspace, workflow, pool, node or destination. */
export const name = z.string().regex(/^[a-z0-9]([a-z0-9_.-]{0,62}[a-z0-9])?$/);
/** `workspace/name` of a model. */
export const modelName = z.string().regex(/^[a-z0-9][a-z0-9_.-]*\/[a-z0-9][a-z0-9_.-]*$/);
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Milliseconds since the epoch, log time. */
export const time = z.number();
export const millis = z.number();
/** Id of the command that an event answers: the position of its `…Requested` event. */
export const command = z.string().optional();
export const problem = z.object({ code: z.string(), status: z.number(), detail: z.string() });

export const actor = z.object({
  /** Key id, or `system`. */
  key: z.string(),
  name: z.string(),
  /** Where the request came from. */
  ip: z.string().optional(),
  /** How the caller showed who it is: by an API key; or the installation itself, at its first start. */
  auth: z.enum(['api-key', 'first-start']).optional(),
});

export const resources = z.object({ cpu: z.number(), memory: z.number(), gpu: z.number(), gpuType: z.string().optional() });

/** One attempt, everywhere: the fence is (run, task, attempt). */
export const attempt = { workspace: z.string(), run: z.string(), task: z.string(), attempt: z.number() };

/** A file by content: stored under its hash. */
export const fileRef = z.object({ name: z.string(), hash: sha256, size: z.number() });
export type FileRef = z.infer<typeof fileRef>;

/** What an agent must know to run an attempt. */
export const work = z.object({
  kind: z.enum(['function', 'process']),
  /** Hash of the workflow's uploaded folder. */
  bundle: sha256.optional(),
  /** `./tasks/prepare.mjs#prepare`. */
  uses: z.string().optional(),
  run: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  params: record,
  inputs: record,
  outputs: z.record(z.string(), z.string()).optional(),
  timeout: millis.optional(),
  grace: millis,
});
export type Work = z.infer<typeof work>;

export const failureClass = z.enum(['transient', 'permanent', 'data', 'resource']);
export const failure = z.object({
  class: failureClass,
  /** `TaskThrew`, `TimedOut`, `OutOfMemory`, `ExitCode`, `AttemptLost`, … */
  code: z.string(),
  message: z.string(),
});
export type Failure = z.infer<typeof failure>;

export const compat = z.object({
  inputs: z.literal('backward').optional(),
  outputs: z.literal('backward').optional(),
  metrics: z.record(z.string(), z.string()).optional(),
});

/** `{field: type}` of a model's input and output. */
export const modelSchema = z.object({ input: z.record(z.string(), z.string()), output: z.record(z.string(), z.string()) });

export const modelVersion = z.object({
  model: modelName,
  version: z.string(),
  metrics: z.record(z.string(), z.number()),
  schema: modelSchema.optional(),
  artifact: fileRef.optional(),
  lineage: record,
});
export type ModelVersion = z.infer<typeof modelVersion>;

export const gpu = z.object({ index: z.number(), type: z.string(), memory: z.number() });
export const capacity = z.object({
  cpu: z.number(),
  /** MiB. */
  memory: z.number(),
  gpus: z.array(gpu),
  /** True where GPUs come from the agent's settings and not from nvidia-smi. */
  declared: z.boolean(),
});
export type Capacity = z.infer<typeof capacity>;
