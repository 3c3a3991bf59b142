import type { TriggerDefinition, WorkflowDefinition } from '@novacron/contracts';
import { NameCheck } from './check/names.ts';
import { checkNeeds } from './check/needs.ts';
import type { Diagnostic } from './diagnostic.ts';
import { didYouMean } from './nearest.ts';
import { applyBranches, connectBranches, readBranches } from './read/branches.ts';
import { TASK_ROOTS, type TaskDraft } from './read/draft.ts';
import { Expressions } from './read/expressions.ts';
import { readHead } from './read/head.ts';
import { MultiModal, readComponents } from './read/modalities.ts';
import { readRetry } from './read/policy.ts';
import { DEFAULT_POOL, readConcurrency, readParams, readPriority } from './read/settings.ts';
import { readNeeds, readTask, readTemplates } from './read/task.ts';
import { readTriggers } from './read/trigger.ts';
import { Reader, type Fields } from './yaml/fields.ts';
import { loadYaml } from './yaml/load.ts';
import type { Node, Place } from './yaml/node.ts';
import { Report } from './yaml/report.ts';

/** More parallel work than this belongs into `forEach`. */
export const MAX_TASKS = 2_000;
/** Bytes of the definition as JSON: it travels in one event. */
export const MAX_DEFINITION_BYTES = 192 * 1024;

/** The texts that make up one workflow; file names are for messages only. */
export interface WorkflowFiles {
  readonly yaml: string;
  readonly file?: string;
  readonly components?: string;
  readonly componentsFile?: string;
}

export type ParseResult =
  | { readonly ok: true; readonly definition: WorkflowDefinition; readonly warnings: Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: Diagnostic[] };

/** Reads and checks a workflow; every finding has its line and column, and the result is plain JSON. Never throws. */
export function parseWorkflow(files: WorkflowFiles): ParseResult {
  const report = new Report();
  const definition = read(files, report);
  if (report.failed || definition === undefined) return { ok: false, diagnostics: report.diagnostics() };
  return { ok: true, definition, warnings: report.diagnostics() };
}

function read(files: WorkflowFiles, report: Report): WorkflowDefinition | undefined {
  const reader = new Reader(report);
  const root = loadYaml(files.yaml, files.file ?? 'workflow.yaml', report);
  const componentsRoot = files.components === undefined ? undefined : loadYaml(files.components, files.componentsFile ?? 'components.yaml', report);
  if (root === undefined || report.failed) return undefined;
  const head = readHead(reader, root);
  if (head === undefined) return undefined;
  const { fields } = head;

  const expressions = new Expressions(reader);
  const params = readParams(reader, fields.get('params')?.value);
  const blocks = new MultiModal(reader, expressions, readComponents(reader, componentsRoot));
  blocks.read(fields.get('modalities')?.value, fields.get('fusion'));
  const tasks = collectTasks(reader, expressions, fields.get('tasks')?.value, blocks.tasks);
  const branches = readBranches(reader, expressions, fields.get('dependency')?.value);
  const triggers = readTriggers(reader, expressions, fields.get('triggers')?.value);
  const settings = readSettings(reader, fields);
  const said = readTemplates(reader, expressions, fields.get('outputs')?.value, 'an output', { what: 'the outputs of the workflow', roots: TASK_ROOTS });
  if (tasks.size === 0 && !report.failed) report.error(head.place, 'a workflow without tasks', "add 'tasks:' or 'modalities:'");

  connectBranches(reader, branches, tasks, blocks.fusion && 'fusion');
  applyWorkflowPolicy(reader, fields, tasks);
  checkNeeds(report, tasks);
  applyBranches(reader, expressions, branches, tasks);
  const names = new NameCheck(report, tasks, Object.keys(params));
  for (const pending of expressions.pending) names.check(pending);
  checkTriggerParams(reader, triggers, params, fields.get('triggers')?.value);
  if (report.failed) return undefined;

  const definition: WorkflowDefinition = {
    name: head.name,
    ...(head.description === undefined ? {} : { description: head.description }),
    params,
    tasks: [...tasks.values()].map(({ definition: task, needs }) => ({ ...task, needs: needs.map((need) => need.name) })),
    triggers,
    ...settings,
    outputs: fields.has('outputs') || blocks.fusion === undefined ? said : { [blocks.fusion.output]: '${{ tasks.fusion.outputs }}' },
  };
  checkSize(report, head.place, definition);
  return definition;
}

function collectTasks(reader: Reader, expressions: Expressions, node: Node | undefined, blocks: readonly TaskDraft[]): Map<string, TaskDraft> {
  if (node?.kind === 'map') reader.report.error(node, 'tasks must be a list, this is a map', `begin each task with '- name: ${[...node.entries.keys()][0] ?? 'prepare'}'`);
  const items = node?.kind === 'map' ? [] : reader.items(node, 'tasks');
  const tasks = new Map<string, TaskDraft>();
  if (items.length + blocks.length > MAX_TASKS) {
    reader.report.error(node as Node, `more than ${MAX_TASKS} tasks`, "fold tasks of one kind into one with 'forEach'");
    return tasks;
  }
  for (const draft of [...blocks, ...items.flatMap((item) => readTask(reader, expressions, item) ?? [])]) {
    const { name } = draft.definition;
    const first = tasks.get(name);
    if (first === undefined) tasks.set(name, draft);
    else reader.report.error(draft.place, `two tasks are called '${name}'`, `the first stands in line ${first.place.source.lines.linePos(first.place.offset).line}`);
  }
  return tasks;
}

function readSettings(reader: Reader, fields: Fields): Pick<WorkflowDefinition, 'concurrency' | 'pool' | 'priority' | 'timeout'> {
  const timeout = reader.duration(fields.get('timeout')?.value, 'timeout');
  return {
    concurrency: readConcurrency(reader, fields.get('concurrency')?.value),
    pool: reader.lowerName(fields.get('pool')?.value, 'name of a pool') ?? DEFAULT_POOL,
    priority: readPriority(reader, fields),
    ...(timeout === undefined ? {} : { timeout }),
  };
}

/** The workflow's `retry` is the default of its tasks; its `needs` are models that its first tasks wait for. */
function applyWorkflowPolicy(reader: Reader, fields: Fields, tasks: ReadonlyMap<string, TaskDraft>): void {
  const retryNode = fields.get('retry')?.value;
  const retry = retryNode && readRetry(reader, retryNode);
  const { needs, models } = readNeeds(reader, fields.get('needs')?.value);
  for (const need of needs) reader.report.error(need.place, 'the needs of a workflow are models', "write {model: workspace/name, range: '^1.0.0'}; tasks stand in the needs of tasks");
  for (const draft of tasks.values()) {
    if (retry !== undefined && draft.definition.kind !== 'none') draft.definition.retry ??= retry;
    if (draft.needs.length > 0) continue;
    const own = draft.definition.models;
    draft.definition.models = [...own, ...models.filter((model) => !own.some((other) => other.as === model.as))];
  }
}

function checkTriggerParams(reader: Reader, triggers: readonly TriggerDefinition[], params: WorkflowDefinition['params'], node: Node | undefined): void {
  triggers.forEach((trigger, i) => {
    const place = (node?.kind === 'list' ? node.items[i] : node) as Node;
    for (const name of Object.keys(trigger.params)) {
      if (!Object.hasOwn(params, name)) reader.report.error(place, `trigger '${trigger.name}' sets '${name}', which is no parameter of the workflow`, didYouMean(name, Object.keys(params)) ?? "declare it under 'params'");
    }
    const missing = Object.keys(params).find((name) => params[name]?.required && !Object.hasOwn(trigger.params, name));
    if (missing !== undefined) reader.report.error(place, `trigger '${trigger.name}' does not set the required parameter '${missing}'`, 'set it in the trigger, or give it a default');
  });
}

function checkSize(report: Report, place: Place, definition: WorkflowDefinition): void {
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes > MAX_DEFINITION_BYTES) report.error(place, `the workflow comes to ${Math.ceil(bytes / 1024)} KiB, more than ${MAX_DEFINITION_BYTES / 1024}`, "fold tasks of one kind into one with 'forEach', and pass large values as files");
}
