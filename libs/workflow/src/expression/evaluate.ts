import { isCelError, type CelError } from '@bufbuild/cel';
import type { Expression, Template } from '@novacron/contracts';
import { withBudget } from './budget.ts';
import { compile, type Compiled } from './compile.ts';
import { templateParts } from './template.ts';
import { fromCel, toCel, type Json } from './values.ts';

/**
 * What an expression sees, by root name: `params`, `tasks`, `models`, `run`, `trigger`, `item`, `index`, `outputs`. Any
 * property of an object may be a getter; it runs only when the expression reads it. Lists must be plain JSON: one that is the
 * whole result is handed on as it is, not copied.
 */
export type Scope = { readonly [root: string]: Json };

export type Outcome<T = Json> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/**
 * The value of an expression as plain JSON. Deterministic and bounded (250,000 steps); every fault (unknown field, wrong
 * type, division by zero, too much work) is a value whose message quotes the expression. Never throws.
 */
export function evaluate(expression: Expression, scope: Scope): Outcome {
  const compiled = compile(expression);
  if (!compiled.ok) return { ok: false, message: quote(expression, compiled.message) };
  try {
    return { ok: true, value: withBudget(() => run(compiled, scope)) };
  } catch (error) {
    return { ok: false, message: quote(expression, messageOf(error)) };
  }
}

/** Like `evaluate` for a condition: anything but true or false is a fault, so a broken condition never counts as false. */
export function evaluateCondition(expression: Expression, scope: Scope): Outcome<boolean> {
  const outcome = evaluate(expression, scope);
  if (!outcome.ok) return outcome;
  if (typeof outcome.value === 'boolean') return { ok: true, value: outcome.value };
  return { ok: false, message: quote(expression, `the condition gives ${kindOf(outcome.value)}, not true or false`) };
}

/**
 * Fills every `${{ }}` mark of a template. A string that is one mark keeps its value's type; inside longer text, null
 * becomes nothing and lists and objects become JSON. The first fault in document order is the outcome. Never throws.
 */
export function fill(template: Template, scope: Scope): Outcome {
  if (typeof template === 'string') return fillString(template, scope);
  if (template === null || typeof template !== 'object') return { ok: true, value: template };
  if (!hasMarks(template)) return { ok: true, value: template };
  if (Array.isArray(template)) return fillList(template, scope);
  return fillObject(template as Readonly<Record<string, Template>>, scope);
}

/** Like `fill` for what must be a text (an argument, an environment variable). */
export function fillText(template: Template, scope: Scope): Outcome<string> {
  const outcome = fill(template, scope);
  return outcome.ok ? { ok: true, value: asText(outcome.value) } : outcome;
}

/** The tasks that an expression names in `tasks.<name>`; empty for a faulty expression. Cached. */
export function references(expression: Expression): ReadonlySet<string> {
  const compiled = compile(expression);
  return compiled.ok ? compiled.tasks : NONE;
}

/** The tasks that the marks of a template name. Cached by identity for objects and lists. */
export function templateReferences(template: Template): ReadonlySet<string> {
  if (typeof template === 'string') return stringReferences(template);
  if (template === null || typeof template !== 'object') return NONE;
  let known = referenceCache.get(template);
  if (known === undefined) {
    known = new Set(Object.values(template).flatMap((inner) => [...templateReferences(inner as Template)]));
    referenceCache.set(template, known);
  }
  return known;
}

const NONE: ReadonlySet<string> = new Set();
const referenceCache = new WeakMap<object, ReadonlySet<string>>();
const markCache = new WeakMap<object, boolean>();

function run(compiled: Compiled, scope: Scope): Json {
  // No prototype, and own keys only: the library reads its bindings as plain properties.
  const bindings = Object.create(null) as Record<string, never>;
  for (const { root } of compiled.names) {
    if (Object.hasOwn(scope, root)) bindings[root] = toCel(scope[root]) as never;
    else throw new Error(`'${root}' is not known here; known are ${Object.keys(scope).sort().join(', ') || 'no names'}`);
  }
  const result = compiled.evaluate(bindings);
  if (isCelError(result)) throw result;
  return fromCel(result);
}

function stringReferences(template: string): ReadonlySet<string> {
  const parts = templateParts(template).filter((part) => 'source' in part);
  if (parts.length === 0) return NONE;
  return new Set(parts.flatMap((part) => [...references(part.source)]));
}

function hasMarks(template: Template): boolean {
  if (typeof template === 'string') return template.includes('${{');
  if (template === null || typeof template !== 'object') return false;
  let known = markCache.get(template);
  if (known === undefined) {
    known = Object.values(template).some((inner) => hasMarks(inner as Template));
    markCache.set(template, known);
  }
  return known;
}

function fillString(template: string, scope: Scope): Outcome {
  if (!template.includes('${{')) return { ok: true, value: template };
  const parts = templateParts(template);
  let text = '';
  for (const part of parts) {
    if ('text' in part) {
      text += part.text;
      continue;
    }
    const outcome = evaluate(part.source, scope);
    if (!outcome.ok || parts.length === 1) return outcome;
    text += asText(outcome.value);
  }
  return { ok: true, value: text };
}

function asText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function fillList(template: readonly Template[], scope: Scope): Outcome {
  const list: Json[] = [];
  for (const inner of template) {
    const outcome = fill(inner, scope);
    if (!outcome.ok) return outcome;
    list.push(outcome.value);
  }
  return { ok: true, value: list };
}

function fillObject(template: Readonly<Record<string, Template>>, scope: Scope): Outcome {
  const object: Record<string, Json> = {};
  for (const [key, inner] of Object.entries(template)) {
    const outcome = fill(inner, scope);
    if (!outcome.ok) return outcome;
    Object.defineProperty(object, key, { value: outcome.value, enumerable: true, writable: true, configurable: true });
  }
  return { ok: true, value: object };
}

function quote(expression: string, message: string): string {
  const shown = expression.length > 120 ? `${expression.slice(0, 117)}...` : expression;
  return `in '${shown}': ${message}`;
}

function messageOf(error: unknown): string {
  const message = (error as CelError | Error).message ?? String(error);
  return message.replace(/^field not found: (.*)$/, "there is no field '$1'").replace(/^index (-?\d+) out of bounds.*$/, 'the list has no element $1');
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${JSON.stringify(value).slice(0, 40)}`;
}
