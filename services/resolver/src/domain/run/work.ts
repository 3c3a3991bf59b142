import { graceOf, type TaskDefinition, type Template, type Work } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';
import { fill, fillText, type Scope } from '@novacron/workflow';
import type { Draft } from './draft.ts';
import { instanceScope, scopeOf } from './scope.ts';
import { groupOf, indexOf } from './state.ts';

/** What an event may carry of one attempt's work or of a run's outputs, UTF-8 bytes. */
export const MOST_BYTES = 64 * 1024;

export type Built = { readonly ok: true; readonly work: Work; readonly bytes: number } | { readonly ok: false; readonly code: string; readonly message: string };

/** What the agent needs to run the task, with every mark filled. */
export function workOf(draft: Draft, name: string): Built {
  const shape = draft.shape(name);
  const { bundle } = draft.plan.definition;
  if (!shape.fixed) return measured(filled(shape.task, bundle, instanceOrTaskScope(draft, name)));
  if (shape.work) return { ok: true, ...shape.work };
  const built = measured(filled(shape.task, bundle, {}));
  if (built.ok) shape.work = { work: built.work, bytes: built.bytes };
  return built;
}

function instanceOrTaskScope(draft: Draft, name: string): Scope {
  const group = groupOf(name);
  return group === undefined ? scopeOf(draft, name) : scopeOf(draft, group, instanceScope(draft, group, indexOf(name)));
}

class Unfilled extends Error {}

function filled(task: TaskDefinition, bundle: string | undefined, scope: Scope): Work | string {
  try {
    return {
      kind: task.kind === 'process' ? 'process' : 'function',
      ...(bundle === undefined ? {} : { bundle }),
      ...(task.uses === undefined ? {} : { uses: task.uses }),
      ...(task.run === undefined ? {} : { run: task.run.map((argument, i) => text(argument, scope, `argument ${i}`)) }),
      ...(task.env === undefined ? {} : { env: mapped(task.env, (value, name) => text(value, scope, `env.${name}`)) }),
      params: mapped(task.params, (value, name) => json(value, scope, `params.${name}`)),
      inputs: mapped(task.inputs, (value, name) => json(value, scope, `inputs.${name}`)),
      ...(task.outputs === undefined ? {} : { outputs: task.outputs }),
      ...(task.timeout === undefined ? {} : { timeout: task.timeout }),
      grace: graceOf(task),
    };
  } catch (error) {
    if (error instanceof Unfilled) return error.message;
    throw error;
  }
}

function measured(work: Work | string): Built {
  if (typeof work === 'string') return { ok: false, code: 'TemplateFailed', message: work };
  const bytes = bytesOf(work);
  if (bytes <= MOST_BYTES) return { ok: true, work, bytes };
  return { ok: false, code: 'PayloadTooLarge', message: `params and inputs are ${bytes} bytes, at most ${MOST_BYTES} travel with a task; hand over a file instead` };
}

/** Size as JSON; exact where it may matter. */
export function bytesOf(value: unknown): number {
  const json = JSON.stringify(value);
  // A UTF-16 unit is at most 3 bytes: short texts need no exact count.
  return json.length * 3 <= MOST_BYTES ? json.length : new TextEncoder().encode(json).length;
}

function json(template: Template, scope: Scope, place: string): Json {
  const outcome = fill(template, scope);
  if (!outcome.ok) throw new Unfilled(`${place}: ${outcome.message}`);
  return outcome.value as Json;
}

function text(template: Template, scope: Scope, place: string): string {
  const outcome = fillText(template, scope);
  if (!outcome.ok) throw new Unfilled(`${place}: ${outcome.message}`);
  return outcome.value;
}

function mapped<T>(templates: Readonly<Record<string, Template>>, one: (template: Template, name: string) => T): Record<string, T> {
  const result: Record<string, T> = {};
  for (const name of Object.keys(templates)) result[name] = one(templates[name]!, name);
  return result;
}
