import { MAX_EXPRESSION } from '../expression/budget.ts';
import { compile, type NameUse } from '../expression/compile.ts';
import { memberPath } from '../expression/path.ts';
import { upstream } from '../graph.ts';
import { didYouMean } from '../nearest.ts';
import type { Reader } from '../yaml/fields.ts';
import type { Node, Place, ScalarNode } from '../yaml/node.ts';
import { TASK_ROOTS, type ExpressionContext, type TaskDraft } from './draft.ts';
import type { Expressions } from './expressions.ts';

/** DP-03: a condition over run-time results, and the tasks that run when it holds and when it does not. */
export interface Branch {
  readonly node: ScalarNode;
  readonly condition: string;
  /** Offset of the condition in its value. */
  readonly offset: number;
  readonly names: readonly NameUse[];
  readonly paths: readonly { readonly task: string; readonly place: Place; readonly holds: boolean }[];
  readonly timeout?: number;
}

/** `dependency`: one branch or a list of them. */
export function readBranches(reader: Reader, expressions: Expressions, node: Node | undefined): Branch[] {
  if (node === undefined) return [];
  return (node.kind === 'list' ? node.items : [node]).flatMap((item) => readBranch(reader, expressions, item) ?? []);
}

function readBranch(reader: Reader, expressions: Expressions, node: Node): Branch | undefined {
  const fields = reader.fields(node, 'a dependency', ['condition', 'true_path', 'false_path', 'timeout']);
  const conditionNode = fields.get('condition')?.value;
  if (node.kind === 'map' && conditionNode === undefined) reader.report.error(node, 'a dependency without a condition');
  const source = expressions.source(conditionNode, 'condition');
  const timeout = reader.duration(fields.get('timeout')?.value, 'timeout');
  const paths = [...readPath(reader, fields.get('true_path')?.value, true), ...readPath(reader, fields.get('false_path')?.value, false)];
  if (node.kind === 'map' && !fields.has('true_path') && !fields.has('false_path')) reader.report.error(node, 'a dependency that leads nowhere', "say 'true_path', 'false_path' or both");
  if (source === undefined) return undefined;
  const compiled = expressions.compile(conditionNode as ScalarNode, source.text, source.offset);
  if (compiled === undefined) return undefined;
  return { node: conditionNode as ScalarNode, condition: source.text, offset: source.offset, names: compiled.names, paths, ...(timeout === undefined ? {} : { timeout }) };
}

function readPath(reader: Reader, node: Node | undefined, holds: boolean): Branch['paths'] {
  const nodes = node === undefined ? [] : node.kind === 'list' ? node.items : [node];
  return nodes.flatMap((item) => {
    const task = reader.text(item, holds ? 'true_path' : 'false_path');
    return task === undefined ? [] : [{ task, place: item, holds }];
  });
}

/** Gives the tasks of every path their needs where they name none; runs before cycles are looked for. */
export function connectBranches(reader: Reader, branches: readonly Branch[], tasks: ReadonlyMap<string, TaskDraft>, fusion: string | undefined): void {
  const onPath = new Set(branches.flatMap((branch) => branch.paths.map((path) => path.task)));
  const leaves = suppliers(tasks, onPath);
  for (const branch of branches) {
    for (const path of branch.paths) {
      const draft = tasks.get(path.task);
      if (draft === undefined) {
        reader.report.error(path.place, `there is no task '${path.task.slice(0, 64)}'`, didYouMean(path.task, tasks.keys()) ?? "add it to 'tasks'");
      } else if (!draft.saysNeeds) {
        for (const name of defaultNeeds(branch, tasks, fusion, leaves)) {
          if (name !== path.task && !draft.needs.some((need) => need.name === name)) draft.needs.push({ name, place: path.place });
        }
      }
    }
  }
}

/** Tasks of the condition by name; for its bare names those that declare such an output, else the fusion, else the leaves. */
function defaultNeeds(branch: Branch, tasks: ReadonlyMap<string, TaskDraft>, fusion: string | undefined, leaves: readonly string[]): string[] {
  const named = branch.names.filter((use) => use.root === 'tasks').flatMap((use) => (tasks.has(use.path[0] ?? '') ? [use.path[0] as string] : []));
  const bare = bareNames(branch);
  if (bare.length === 0) return named;
  const declaring = [...tasks.values()].filter(({ definition }) => bare.some((name) => Object.hasOwn(definition.outputs ?? {}, name)));
  const supplying = declaring.length > 0 ? declaring.map(({ definition }) => definition.name) : fusion !== undefined ? [fusion] : leaves;
  return [...new Set([...named, ...supplying])];
}

/** Tasks that nothing needs, leaving out every path and what comes after it. */
function suppliers(tasks: ReadonlyMap<string, TaskDraft>, onPath: ReadonlySet<string>): string[] {
  const dependencies = new Map([...tasks].map(([name, draft]) => [name, draft.needs.map((need) => need.name)]));
  const before = [...tasks.keys()].filter((name) => !onPath.has(name) && ![...upstream(dependencies, name)].some((need) => onPath.has(need)));
  const needed = new Set(before.flatMap((name) => dependencies.get(name) ?? []));
  return before.filter((name) => !needed.has(name));
}

function bareNames(branch: Branch): string[] {
  return [...new Set(branch.names.filter((use) => !TASK_ROOTS.has(use.root)).map((use) => use.root))];
}

/** Turns every branch into the `when` of its tasks; runs once all needs are known. */
export function applyBranches(reader: Reader, expressions: Expressions, branches: readonly Branch[], tasks: ReadonlyMap<string, TaskDraft>): void {
  const dependencies = new Map([...tasks].map(([name, draft]) => [name, draft.needs.map((need) => need.name)]));
  for (const branch of branches) {
    for (const { task, holds } of branch.paths) {
      const draft = tasks.get(task);
      if (draft === undefined) continue;
      const context: ExpressionContext = { what: `the condition for task '${task}'`, roots: TASK_ROOTS, task };
      for (const use of branch.names.filter((name) => TASK_ROOTS.has(name.root))) expressions.pend(use, branch.node, branch.offset, context);
      const resolved = resolveBareNames(reader, branch, [...upstream(dependencies, task)], tasks, task);
      if (resolved === undefined) continue;
      const condition = holds ? resolved : `!(${resolved})`;
      const { when } = draft.definition;
      draft.definition.when = when === undefined ? condition : `(${condition}) && (${when})`;
      checkLength(reader, branch, draft.definition.when);
      if (branch.timeout !== undefined) draft.definition.timeout ??= branch.timeout;
    }
  }
}

/** Replaces each bare name by the output of a task that comes before; undefined, and reported, where none can supply it. */
function resolveBareNames(reader: Reader, branch: Branch, before: readonly string[], tasks: ReadonlyMap<string, TaskDraft>, task: string): string | undefined {
  let condition = branch.condition;
  let complete = true;
  // From the end, so that offsets stay true.
  for (const use of [...branch.names].sort((a, b) => b.offset - a.offset)) {
    if (TASK_ROOTS.has(use.root)) continue;
    const supplying = supplyingTasks(use.root, before, tasks);
    if (supplying.length === 0) {
      const declared = before.flatMap((name) => Object.keys(tasks.get(name)?.definition.outputs ?? {}));
      const hint = didYouMean(use.root, declared) ?? "name it: tasks.<task>.outputs.<field>, and put that task into 'needs'";
      reader.report.error(branch.node, `no task before '${task}' has an output '${use.root}'`, hint, (branch.node.verbatimAt ?? branch.node.offset) + branch.offset + use.offset);
      complete = false;
    } else condition = condition.slice(0, use.offset) + firstThatHas(use.root, supplying) + condition.slice(use.offset + use.root.length);
  }
  return complete ? condition : undefined;
}

/** Those that declare the output; where none declares it, those that declare no outputs at all and so may have it. */
function supplyingTasks(output: string, before: readonly string[], tasks: ReadonlyMap<string, TaskDraft>): string[] {
  const declaring = before.filter((name) => Object.hasOwn(tasks.get(name)?.definition.outputs ?? {}, output));
  if (declaring.length > 0) return declaring;
  return before.filter((name) => tasks.has(name) && tasks.get(name)?.definition.outputs === undefined && tasks.get(name)?.definition.kind !== 'none');
}

/** CEL that reads the output from the nearest of these tasks that has it. */
function firstThatHas(output: string, names: readonly string[]): string {
  const reads = names.map((name) => `${memberPath('tasks', name)}.outputs.${output}`);
  const last = reads.at(-1) as string;
  return reads.length === 1 ? last : `(${reads.slice(0, -1).map((read) => `has(${read}) ? ${read} : `).join('')}${last})`;
}

function checkLength(reader: Reader, branch: Branch, when: string): void {
  if (when.length <= MAX_EXPRESSION && compile(when).ok) return;
  reader.report.error(branch.node, 'too many tasks could supply the names in this condition', 'name them: tasks.<task>.outputs.<field>');
}
