import type { ModelNeed, TaskDefinition, Template } from '@novacron/contracts';
import type { Fields, Reader } from '../yaml/fields.ts';
import { describe, type Node, type Place } from '../yaml/node.ts';
import { INSTANCE_ROOTS, PUBLISH_ROOTS, TASK_ROOTS, type ExpressionContext, type NeedDraft, type TaskDraft } from './draft.ts';
import type { Expressions } from './expressions.ts';
import { readModelNeed, readPublication } from './model.ts';
import { readResources, readRetry } from './policy.ts';

/** Fields that a task, a modality, the fusion and a component have in common. */
export const WORK_FIELDS = ['title', 'params', 'inputs', 'outputs', 'env', 'retry', 'timeout', 'grace', 'resources', 'publishes'] as const;
/** Fields that say when and how often a task runs. */
export const ORDER_FIELDS = ['needs', 'when', 'forEach', 'maxParallel'] as const;
const TASK_FIELDS = ['name', 'uses', 'run', ...ORDER_FIELDS, ...WORK_FIELDS];
export const TASK_ALIASES = { if: 'when' };

const USES = /^\.\/[^#\s]+\.[cm]?js#[A-Za-z_$][\w$]*$/;
const OUTPUT_TYPES = ['string', 'number', 'boolean', 'object', 'array', 'file'] as const;

/** An entry of `tasks`. */
export function readTask(reader: Reader, expressions: Expressions, node: Node): TaskDraft | undefined {
  const fields = reader.fields(node, 'a task', TASK_FIELDS, TASK_ALIASES);
  if (node.kind === 'map' && !fields.has('name')) reader.report.error(node, 'a task without a name');
  const name = reader.taskName(fields.get('name')?.value, 'name of a task');
  if (name === undefined) return undefined;
  const draft = draftTask(reader, expressions, name, fields.get('name')?.value as Place, fields);
  const { kind } = draft.definition;
  const idle = kind === 'none' ? WORK_FIELDS.find((field) => field !== 'title' && fields.has(field)) : undefined;
  if (idle !== undefined) {
    reader.report.error(fields.get(idle)?.keyAt as Place, `'${idle}' without anything to run in task '${name}'`, "say 'uses: ./tasks/file.mjs#function' or 'run: [program, argument]'");
  }
  return draft;
}

/** What is read from a task's fields; `work` may come from elsewhere (a component) and is overridden by them. */
export function draftTask(reader: Reader, expressions: Expressions, name: string, place: Place, fields: Fields): TaskDraft {
  const forEach = readForEach(reader, expressions, fields.get('forEach')?.value, { what: `forEach of task '${name}'`, roots: TASK_ROOTS, task: name });
  const context: ExpressionContext = { what: `task '${name}'`, roots: forEach === undefined ? TASK_ROOTS : INSTANCE_ROOTS, task: name };
  const { needs, models } = readNeeds(reader, fields.get('needs')?.value);
  const when = expressions.expression(fields.get('when')?.value, { what: `when of task '${name}'`, roots: TASK_ROOTS, task: name });
  const maxParallel = reader.number(fields.get('maxParallel')?.value, 'maxParallel', 1, 100_000, true);
  if (maxParallel !== undefined && !fields.has('forEach')) reader.report.error(fields.get('maxParallel')?.keyAt as Place, "'maxParallel' without 'forEach'");
  if (fields.has('publishes') && fields.has('forEach')) {
    reader.report.error(fields.get('publishes')?.keyAt as Place, "a task with 'forEach' cannot publish: a run publishes once for each task", 'publish from the task that joins the instances');
  }
  const definition: TaskDraft['definition'] = {
    name,
    needs: [],
    models,
    ...(when === undefined ? {} : { when }),
    ...(forEach === undefined ? {} : { forEach }),
    ...(maxParallel === undefined ? {} : { maxParallel }),
    ...readWork(reader, expressions, fields, context),
  };
  return { place, definition, needs, saysNeeds: fields.has('needs') };
}

type Work = Omit<TaskDefinition, 'name' | 'needs' | 'models' | 'when' | 'forEach' | 'maxParallel'>;

function readWork(reader: Reader, expressions: Expressions, fields: Fields, context: ExpressionContext): Work {
  const program = readProgram(reader, expressions, fields, context);
  const title = reader.text(fields.get('title')?.value, 'title');
  const timeout = reader.duration(fields.get('timeout')?.value, 'timeout');
  const grace = reader.duration(fields.get('grace')?.value, 'grace');
  const retry = fields.get('retry')?.value;
  const resources = fields.get('resources')?.value;
  const outputs = readOutputTypes(reader, fields.get('outputs')?.value);
  const env = readEnv(reader, expressions, fields.get('env')?.value, context);
  const publishes = fields.get('publishes')?.value;
  const publication = publishes && readPublication(reader, expressions, publishes, { ...context, roots: PUBLISH_ROOTS });
  return {
    ...program,
    ...(title === undefined ? {} : { title }),
    params: readTemplates(reader, expressions, fields.get('params')?.value, 'a parameter', context),
    inputs: readTemplates(reader, expressions, fields.get('inputs')?.value, 'an input', context),
    ...(outputs === undefined ? {} : { outputs }),
    ...(env === undefined ? {} : { env }),
    ...(retry === undefined ? {} : { retry: readRetry(reader, retry) }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(grace === undefined ? {} : { grace }),
    ...(resources === undefined ? {} : { resources: readResources(reader, resources, program.kind) }),
    ...(publication === undefined ? {} : { publishes: publication }),
  };
}

function readProgram(reader: Reader, expressions: Expressions, fields: Fields, context: ExpressionContext): Pick<Work, 'kind' | 'uses' | 'run'> {
  const usesNode = fields.get('uses')?.value;
  const runNode = fields.get('run')?.value;
  if (usesNode !== undefined && runNode !== undefined) reader.report.error(fields.get('run')?.keyAt as Place, "'uses' and 'run' exclude each other");
  if (usesNode !== undefined) {
    const uses = reader.text(usesNode, 'uses');
    if (uses !== undefined && (!USES.test(uses) || uses.split(/[\\/]/).includes('..'))) {
      reader.report.error(usesNode, `'${uses.slice(0, 60)}' names no function of the workflow's folder`, "write './tasks/prepare.mjs#prepare': a module and the function that it exports");
    }
    return { kind: 'function', uses: uses ?? '' };
  }
  if (runNode === undefined) return { kind: 'none' };
  return { kind: 'process', run: readArgv(reader, expressions, runNode, context) };
}

function readArgv(reader: Reader, expressions: Expressions, node: Node, context: ExpressionContext): string[] {
  if (node.kind !== 'list' || node.items.length === 0) {
    const words = node.kind === 'scalar' && typeof node.value === 'string' ? node.value.trim().split(/\s+/) : ['python3', 'train.py'];
    reader.report.error(node, `run must be a list of the program and its arguments (no shell), this is ${describe(node)}`, `run: [${words.slice(0, 8).join(', ')}]`);
    return [];
  }
  return node.items.map((item) => readText(reader, expressions, item, 'an argument', context));
}

/** A text, or a number or boolean taken as its text; marks allowed. */
function readText(reader: Reader, expressions: Expressions, node: Node, what: string, context: ExpressionContext): string {
  if (node.kind === 'scalar' && node.value !== null) {
    expressions.template(node, context);
    return String(node.value);
  }
  reader.report.error(node, `${what} must be a text, this is ${describe(node)}`);
  return '';
}

function readEnv(reader: Reader, expressions: Expressions, node: Node | undefined, context: ExpressionContext): Record<string, string> | undefined {
  if (node === undefined) return undefined;
  const entries = reader.entries(node, 'an environment variable');
  return Object.fromEntries(entries.map(({ key, value }) => [key, readText(reader, expressions, value, `environment variable ${key}`, context)]));
}

/** A map of free names to templates: `params`, `inputs`, and the outputs of a run. */
export function readTemplates(reader: Reader, expressions: Expressions, node: Node | undefined, what: string, context: ExpressionContext): Record<string, Template> {
  return Object.fromEntries(reader.entries(node, what).map(({ key, value }) => [key, expressions.template(value, context)]));
}

function readOutputTypes(reader: Reader, node: Node | undefined): Record<string, string> | undefined {
  if (node === undefined) return undefined;
  const types: Record<string, string> = {};
  for (const { key, value } of reader.entries(node, 'an output')) types[key] = reader.choice(value, `the type of output ${key}`, OUTPUT_TYPES) ?? 'string';
  return types;
}

/** `needs`: a name, or a list of names and model needs. */
export function readNeeds(reader: Reader, node: Node | undefined): { needs: NeedDraft[]; models: ModelNeed[] } {
  const needs: NeedDraft[] = [];
  const models: ModelNeed[] = [];
  const items = node?.kind === 'scalar' && node.value !== null ? [node] : reader.items(node, 'needs');
  for (const item of items) {
    if (item.kind === 'map') {
      const need = readModelNeed(reader, item);
      if (need !== undefined && models.some((other) => other.as === need.as)) {
        reader.report.error(item, `two needed models are both called '${need.as}'`, "tell them apart with 'as'");
      } else if (need !== undefined) models.push(need);
      continue;
    }
    const name = reader.text(item, 'a need');
    if (name === undefined) continue;
    if (needs.some((need) => need.name === name)) reader.report.error(item, `'${name}' stands twice in needs`);
    else needs.push({ name, place: item });
  }
  return { needs, models };
}

/** `forEach`: an expression, a count, or a list written out. */
function readForEach(reader: Reader, expressions: Expressions, node: Node | undefined, context: ExpressionContext): string | undefined {
  if (node?.kind === 'scalar' && typeof node.value === 'number') {
    const count = reader.number(node, 'forEach', 0, 100_000, true);
    return count === undefined ? undefined : String(count);
  }
  if (node?.kind !== 'list') return expressions.expression(node, context);
  const source = JSON.stringify(reader.template(node));
  if (source.includes('${{')) reader.report.error(node, 'a list written out in forEach cannot hold marks', 'make the whole list one expression');
  else if (source.length > 2_000) reader.report.error(node, 'the list in forEach is longer than 2000 characters', 'make it a parameter: forEach: params.items');
  return source;
}
