import { memberPath } from '../expression/path.ts';
import { upstream } from '../graph.ts';
import { didYouMean } from '../nearest.ts';
import type { PendingName, TaskDraft } from '../read/draft.ts';
import type { Report } from '../yaml/report.ts';

const TASK_FIELDS = ['outputs', 'state'];
const RUN_FIELDS = ['id', 'workflow'];

/** Checks that every name an expression uses exists, and that it may look at the tasks that it names. */
export class NameCheck {
  readonly #report: Report;
  readonly #tasks: ReadonlyMap<string, TaskDraft>;
  readonly #params: ReadonlySet<string>;
  readonly #dependencies: ReadonlyMap<string, readonly string[]>;
  readonly #before = new Map<string, ReadonlySet<string>>();

  constructor(report: Report, tasks: ReadonlyMap<string, TaskDraft>, params: Iterable<string>) {
    this.#report = report;
    this.#tasks = tasks;
    this.#params = new Set(params);
    this.#dependencies = new Map([...tasks].map(([name, draft]) => [name, draft.needs.map((need) => need.name)]));
  }

  check(pending: PendingName): void {
    const { use, context } = pending;
    const [first] = use.path;
    if (!context.roots.has(use.root)) return this.#unknownRoot(pending);
    if (use.root === 'tasks') return this.#task(pending, first);
    if (first === undefined) return;
    if (use.root === 'params' && !this.#params.has(first)) {
      this.#error(pending, `there is no parameter '${first}'`, this.#shortened('params', first, this.#params) ?? didYouMean(first, this.#params) ?? "declare it under 'params'");
    }
    if (use.root === 'models') this.#model(pending, first);
    if (use.root === 'run' && !RUN_FIELDS.includes(first)) this.#error(pending, `run has no field '${first}'`, didYouMean(first, RUN_FIELDS));
  }

  #unknownRoot(pending: PendingName): void {
    const { root } = pending.use;
    const { roots, what } = pending.context;
    const holders = [...this.#tasks.values()].filter(({ definition }) => Object.hasOwn(definition.outputs ?? {}, root));
    const hint = this.#params.has(root)
      ? `write params.${root}`
      : this.#tasks.has(root)
        ? `write ${memberPath('tasks', root)}.outputs.<field>`
        : holders[0] !== undefined
          ? `write ${memberPath('tasks', holders[0].definition.name)}.outputs.${root}`
          : didYouMean(root, roots);
    this.#error(pending, `'${root.slice(0, 64)}' is not known in ${what}`, hint);
  }

  #task(pending: PendingName, name: string | undefined): void {
    const { use, context } = pending;
    if (name === undefined) return this.#error(pending, "'tasks' must be followed by the name of a task", 'write tasks.<name>.outputs.<field>');
    const draft = this.#tasks.get(name);
    if (draft === undefined) {
      const hint = this.#shortened('tasks', name, this.#tasks.keys()) ?? didYouMean(name, this.#tasks.keys());
      return this.#error(pending, `there is no task '${name.slice(0, 64)}'`, hint);
    }
    if (context.task === name) return this.#error(pending, `task '${name}' looks at itself`, context.roots.has('outputs') ? 'write outputs.<field>' : undefined);
    if (context.task !== undefined && !this.#upstream(context.task).has(name)) {
      return this.#error(pending, `task '${context.task}' does not wait for '${name}'`, `add '${name}' to the needs of '${context.task}'`);
    }
    const [, field, output] = use.path;
    if (field !== undefined && !TASK_FIELDS.includes(field)) return this.#error(pending, `a task has no field '${field.slice(0, 64)}'`, this.#outputHint(name, field));
    const { outputs } = draft.definition;
    if (field === 'outputs' && output !== undefined && outputs !== undefined && !Object.hasOwn(outputs, output)) {
      this.#error(pending, `task '${name}' declares no output '${output.slice(0, 64)}'`, didYouMean(output, Object.keys(outputs)));
    }
  }

  #model(pending: PendingName, name: string): void {
    const { task } = pending.context;
    const holders = task === undefined ? [...this.#tasks.keys()] : [task, ...this.#upstream(task)];
    const known = new Set(holders.flatMap((holder) => this.#tasks.get(holder)?.definition.models.map((need) => need.as as string) ?? []));
    if (!known.has(name)) this.#error(pending, `no needed model is called '${name.slice(0, 64)}'`, this.#shortened('models', name, known) ?? didYouMean(name, known) ?? "add it to 'needs': {model: workspace/name, range: '^1.0.0'}");
  }

  /** CEL reads `tasks.prepare-data` as a subtraction: the part before the hyphen (or dot) is what arrives here. */
  #shortened(root: string, name: string, candidates: Iterable<string>): string | undefined {
    const meant = [...candidates].find((candidate) => candidate.startsWith(`${name}-`) || candidate.startsWith(`${name}.`));
    return meant === undefined ? undefined : `write ${memberPath(root, meant)}: '-' and '.' mean something else in an expression`;
  }

  #outputHint(task: string, field: string): string | undefined {
    const outputs = this.#tasks.get(task)?.definition.outputs;
    if (outputs === undefined || Object.hasOwn(outputs, field)) return `write ${memberPath('tasks', task)}.outputs.${field}`;
    return didYouMean(field, TASK_FIELDS);
  }

  #upstream(task: string): ReadonlySet<string> {
    let before = this.#before.get(task);
    if (before === undefined) {
      before = upstream(this.#dependencies, task);
      this.#before.set(task, before);
    }
    return before;
  }

  #error({ place, offset }: PendingName, message: string, hint: string | undefined): void {
    this.#report.error(place, message, hint, offset);
  }
}
