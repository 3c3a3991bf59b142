import type { WorkflowDefinition } from '@novacron/contracts';
import type { Fields, Reader } from '../yaml/fields.ts';
import type { MapEntry, Node } from '../yaml/node.ts';

/** What a workflow gets that says nothing of `concurrency`: as many runs at once as anyone needs. */
export const DEFAULT_CONCURRENCY: WorkflowDefinition['concurrency'] = { limit: 1_000, onConflict: 'queue' };
export const DEFAULT_POOL = 'default';
/** Higher goes first. */
export const PRIORITY_CLASSES = { research: 25, standard: 50, production: 75, emergency: 100 } as const;

const PARAM_TYPES = ['string', 'number', 'boolean', 'object', 'array'] as const;
const DECLARATION = ['default', 'required', 'type'];

type Param = WorkflowDefinition['params'][string];

/** `params`: a default each, or `{default, required, type}`; an empty one is required. */
export function readParams(reader: Reader, node: Node | undefined): Record<string, Param> {
  return Object.fromEntries(reader.entries(node, 'a parameter').map((entry) => [entry.key, readParam(reader, entry)]));
}

function readParam(reader: Reader, { key, value }: MapEntry): Param {
  if (value.kind === 'scalar' && value.value === null) return { required: true };
  if (value.kind !== 'map') return { default: literal(reader, key, value), required: false };
  const fields = reader.fields(value, `parameter '${key}'`, DECLARATION);
  const type = reader.choice(fields.get('type')?.value, 'the type of a parameter', PARAM_TYPES);
  const given = fields.get('default')?.value;
  const required = fields.get('required')?.value;
  if (required !== undefined && !(required.kind === 'scalar' && typeof required.value === 'boolean')) reader.report.error(required, 'required must be true or false');
  if (given !== undefined && required?.kind === 'scalar' && required.value === true) reader.report.error(given, `parameter '${key}' is required and has a default`, 'keep one of the two');
  if (given !== undefined && type !== undefined && typeOf(given) !== type) reader.report.error(given, `the default of '${key}' is not of type ${type}`);
  const typed = type === undefined ? {} : { type };
  if (given !== undefined) return { default: literal(reader, key, given), required: false, ...typed };
  const optional = required?.kind === 'scalar' && required.value === false;
  return optional ? { default: null, required: false, ...typed } : { required: true, ...typed };
}

function literal(reader: Reader, key: string, node: Node): NonNullable<Param['default']> | null {
  const value = reader.template(node);
  if (JSON.stringify(value).includes('${{')) reader.report.error(node, `the default of '${key}' holds a mark; defaults are plain values`);
  return value;
}

function typeOf(node: Node): string {
  if (node.kind !== 'scalar') return node.kind === 'map' ? 'object' : 'array';
  return node.value === null ? 'null' : typeof node.value;
}

/** `concurrency: 1` or `{limit, onConflict}`. */
export function readConcurrency(reader: Reader, node: Node | undefined): WorkflowDefinition['concurrency'] {
  if (node === undefined) return DEFAULT_CONCURRENCY;
  if (node.kind === 'scalar') return { ...DEFAULT_CONCURRENCY, limit: reader.number(node, 'concurrency', 1, 100_000, true) ?? 1 };
  const fields = reader.fields(node, 'concurrency', ['limit', 'onConflict']);
  return {
    limit: reader.number(fields.get('limit')?.value, 'concurrency.limit', 1, 100_000, true) ?? 1,
    onConflict: reader.choice(fields.get('onConflict')?.value, 'concurrency.onConflict', ['queue', 'skip', 'replace']) ?? 'queue',
  };
}

/** `priority: 60`, `priority: production` or `priorityClass: production`. */
export function readPriority(reader: Reader, fields: Fields): number {
  const entry = fields.get('priority');
  const classEntry = fields.get('priorityClass');
  if (entry !== undefined && classEntry !== undefined) reader.report.error(classEntry.keyAt, "'priority' and 'priorityClass' mean the same; keep one");
  if (entry?.value.kind === 'scalar' && typeof entry.value.value === 'number') return reader.number(entry.value, 'priority', 0, 1_000, true) ?? PRIORITY_CLASSES.standard;
  const node = entry?.value ?? classEntry?.value;
  const classes = Object.keys(PRIORITY_CLASSES) as (keyof typeof PRIORITY_CLASSES)[];
  return PRIORITY_CLASSES[reader.choice(node, 'the priority class', classes) ?? 'standard'];
}
