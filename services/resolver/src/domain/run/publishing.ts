import { modelVersion, type AttemptSucceeded, type ModelVersion, type ModelVersionPublished, type ModelVersionRefused, type Publication, type Template } from '@novacron/contracts';
import { NOTHING, type DecideContext, type Decision, type Json } from '@novacron/kernel';
import { fill, type Scope } from '@novacron/workflow';
import { Draft, type RunView } from './draft.ts';
import { fail, succeed } from './endings.ts';
import { scopeOf } from './scope.ts';
import { settle } from './settle.ts';
import { modelAlias, pinKey } from './shape.ts';
import { taskId } from './state.ts';

/** Carries the attempt's success to the registry; the task succeeds when the version exists. */
export function publish(draft: Draft, { task, attempt, files = [] }: AttemptSucceeded, publication: Publication, outputs: Record<string, Json>): void {
  const built = versionOf(draft, task, publication, outputs, files);
  if (typeof built === 'string') return fail(draft, task, { class: 'data', code: 'PublicationInvalid', message: `publishes: ${built}` });
  draft.say({ type: 'OutputsHeld', run: draft.id, task, attempt, outputs });
  draft.say({ type: 'ModelProduced', ...draft.ofRun, task, attempt, ...built });
  draft.say({ type: 'TaskWaiting', ...draft.ofRun, task, on: 'publish', detail: `${built.model} ${built.version}` });
}

function versionOf(draft: Draft, task: string, publication: Publication, outputs: Record<string, Json>, files: NonNullable<AttemptSucceeded['files']>): ModelVersion | string {
  const artifact = files.find((file) => file.name === publication.artifact);
  if (publication.artifact !== undefined && !artifact) return `the task wrote no file '${publication.artifact}' under its artifacts`;
  const templates = { version: publication.version, metrics: publication.metrics ?? {}, schema: publication.schema ?? null, lineage: publication.lineage ?? {} };
  const filled = fill(templates as Template, scopeOf(draft, task, { outputs } as Scope));
  if (!filled.ok) return filled.message;
  const { version, metrics, schema, lineage } = filled.value as Record<string, Json>;
  const parsed = modelVersion.safeParse({
    model: publication.model, version, metrics, ...(schema === null ? {} : { schema }), ...(artifact ? { artifact } : {}),
    lineage: { ...(lineage as object), ...origin(draft, task) },
  });
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  return `${path.join('.')}: ${message}`;
}

function origin(draft: Draft, task: string): Record<string, Json> {
  const { plan, id } = draft;
  const models = draft.shapes.order.flatMap((name) => draft.shape(name).task.models).flatMap((need) => {
    const pin = draft.rows.pin.get(taskId(id, pinKey(need)));
    return pin ? [[modelAlias(need), `${pin.model} ${pin.version}`] as const] : [];
  });
  return { run: id, task, workflow: `${plan.workspace}/${plan.workflow}`, workflowVersion: plan.version, params: plan.params as Json, models: Object.fromEntries(models) };
}

interface Producer {
  readonly run?: string | undefined;
  readonly task?: string | undefined;
  readonly attempt?: number | undefined;
}

export function onModelVersionPublished(state: RunView, message: ModelVersionPublished, context: DecideContext): Decision {
  const held = publishing(state, message);
  if (!held) return NOTHING;
  const draft = new Draft(state, held.run, context);
  succeed(draft, held.name, held.attempt, { ...held.outputs });
  return settle(draft);
}

export function onModelVersionRefused(state: RunView, message: ModelVersionRefused, context: DecideContext): Decision {
  const held = publishing(state, message);
  if (!held) return NOTHING;
  const draft = new Draft(state, held.run, context);
  fail(draft, held.name, { class: 'permanent', code: message.problem.code, message: `${message.model} ${message.version}: ${message.problem.detail}` });
  return settle(draft);
}

function publishing(state: RunView, { run, task, attempt }: Producer) {
  const row = run !== undefined && task !== undefined ? state.task.get(taskId(run, task)) : undefined;
  return row?.status === 'publishing' && row.attempt === attempt ? row : undefined;
}
