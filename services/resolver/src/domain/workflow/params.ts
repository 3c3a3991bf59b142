import type { WorkflowDefinition } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';
import { didYouMean } from '@novacron/workflow';

type Bound = { readonly ok: true; readonly params: Record<string, Json> } | { readonly ok: false; readonly detail: string };

/** A run's parameters: those given, checked against the declared ones, and the defaults of the others (TR-15). */
export function bindParams(definition: WorkflowDefinition, given: Readonly<Record<string, Json>>): Bound {
  const declared = definition.params;
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(declared, name));
  if (unknown !== undefined) return { ok: false, detail: `there is no parameter '${unknown}'${hint(unknown, Object.keys(declared))}` };
  const params: Record<string, Json> = {};
  for (const [name, { default: fallback = null, required, type }] of Object.entries(declared)) {
    const value = Object.hasOwn(given, name) ? given[name]! : undefined;
    if (value === undefined && required) return { ok: false, detail: `parameter '${name}' is required and has no default` };
    if (value !== undefined && type !== undefined && typeOf(value) !== type) return { ok: false, detail: `parameter '${name}' must be of type ${type}, this is ${typeOf(value)}` };
    params[name] = value === undefined ? (fallback as Json) : value;
  }
  return { ok: true, params };
}

function hint(name: string, known: readonly string[]): string {
  const meant = didYouMean(name, known);
  return meant === undefined ? '; the workflow declares none by that name' : `; ${meant}`;
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
