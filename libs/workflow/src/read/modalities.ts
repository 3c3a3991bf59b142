import type { Template } from '@novacron/contracts';
import { memberPath } from '../expression/path.ts';
import { didYouMean } from '../nearest.ts';
import type { Fields, Reader } from '../yaml/fields.ts';
import { describe, type MapEntry, type Node, type Place } from '../yaml/node.ts';
import { TASK_ROOTS, type TaskDraft } from './draft.ts';
import type { Expressions } from './expressions.ts';
import { draftTask, ORDER_FIELDS, readTemplates, TASK_ALIASES, WORK_FIELDS } from './task.ts';

const COMPONENT_FIELDS = ['uses', 'run', 'needs', ...WORK_FIELDS];
/** WP-01's own fields that become parameters of the modality's task. */
const MODALITY_PARAMS = ['input', 'batch_size', 'features'];

/** What the names in `model:` and `strategy:` really run, by name. */
export type Components = ReadonlyMap<string, Fields>;

/** `components.yaml`: `components: {name: {uses | run, title, params, …}}`. */
export function readComponents(reader: Reader, node: Node | undefined): Components {
  const components = new Map<string, Fields>();
  const map = reader.fields(node, 'the components file', ['components']).get('components')?.value;
  for (const { key, keyAt, value } of reader.entries(map, 'a component')) {
    const fields = reader.fields(value, `component '${key}'`, COMPONENT_FIELDS);
    if (!fields.has('uses') && !fields.has('run')) reader.report.error(keyAt, `component '${key}' runs nothing`, "say 'uses: ./tasks/file.mjs#function' or 'run: [program, argument]'");
    components.set(key, fields);
  }
  return components;
}

/** WP-01: every modality is a task of its own, and the fusion is the task that joins them. */
export class MultiModal {
  readonly tasks: TaskDraft[] = [];
  /** The name of the fusion's task and of what it writes, where there is a fusion. */
  fusion: { readonly output: string } | undefined;
  readonly #reader: Reader;
  readonly #expressions: Expressions;
  readonly #components: Components;

  constructor(reader: Reader, expressions: Expressions, components: Components) {
    this.#reader = reader;
    this.#expressions = expressions;
    this.#components = components;
  }

  read(modalities: Node | undefined, fusion: MapEntry | undefined): void {
    for (const item of this.#reader.items(modalities, 'modalities')) {
      const entries = item.kind === 'map' ? [...item.entries.values()] : [];
      if (entries.length !== 1 || entries[0] === undefined) {
        this.#reader.report.error(item, `a modality must be a map of one key, its name; this is ${describe(item)}`, '- computer_vision: {model: …, input: …} (indent the fields below the name)');
      } else this.#readModality(entries[0]);
    }
    if (fusion !== undefined) this.#readFusion(fusion);
  }

  #readModality({ key, keyAt, value }: MapEntry): void {
    const fields = this.#reader.fields(value, `modality '${key}'`, ['model', ...MODALITY_PARAMS, ...ORDER_FIELDS, ...WORK_FIELDS], TASK_ALIASES);
    const own: Record<string, Template> = {};
    for (const name of MODALITY_PARAMS) {
      const param = fields.get(name)?.value;
      if (param !== undefined) own[name] = this.#expressions.template(param, { what: `modality '${key}'`, roots: TASK_ROOTS, task: key });
    }
    const task = this.#bind(key, keyAt, fields, 'model', own);
    if (task !== undefined) this.tasks.push(task);
  }

  #readFusion({ keyAt, value }: MapEntry): void {
    const fields = this.#reader.fields(value, 'fusion', ['strategy', 'output', ...ORDER_FIELDS, ...WORK_FIELDS], TASK_ALIASES);
    const output = this.#reader.text(fields.get('output')?.value, 'fusion.output') ?? 'output';
    const modalities = [...this.tasks];
    const task = this.#bind('fusion', keyAt, fields, 'strategy', { output });
    if (task === undefined) return;
    this.fusion = { output };
    const inputs: Record<string, Template> = {};
    for (const { definition } of modalities) {
      if (!task.needs.some((need) => need.name === definition.name)) task.needs.push({ name: definition.name, place: keyAt });
      inputs[definition.name] = `\${{ ${memberPath('tasks', definition.name)}.outputs }}`;
    }
    task.definition.inputs = { ...inputs, ...task.definition.inputs };
    this.tasks.push(task);
  }

  /** The task of a block whose `model` or `strategy` names a component; the block's own fields come before the component's. */
  #bind(key: string, place: Place, fields: Fields, binding: 'model' | 'strategy', params: Record<string, Template>): TaskDraft | undefined {
    const node = fields.get(binding)?.value;
    if (node === undefined) this.#reader.report.error(place, `'${key}' names no ${binding}`);
    const component = this.#reader.text(node, binding);
    const name = this.#reader.taskName({ ...place, kind: 'scalar', value: key }, 'name of a task');
    if (node === undefined || component === undefined || name === undefined) return undefined;
    const bound = this.#components.get(component);
    if (bound === undefined) {
      const known = this.#components.size === 0 ? 'there is no components.yaml beside the workflow, or it is empty' : didYouMean(component, this.#components.keys());
      this.#reader.report.error(node, `'${component.slice(0, 60)}' is not bound to anything that runs in components.yaml`, known);
      return undefined;
    }
    const draft = draftTask(this.#reader, this.#expressions, name, place, new Map([...bound, ...fields]));
    const inherited = fields.has('params') ? readTemplates(this.#reader, this.#expressions, bound.get('params')?.value, 'a parameter', { what: `component '${component}'`, roots: TASK_ROOTS, task: name }) : {};
    draft.definition.params = { ...inherited, ...draft.definition.params, ...params };
    draft.definition.title ??= component;
    return draft;
  }
}
