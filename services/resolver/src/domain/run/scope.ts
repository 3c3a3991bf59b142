import type { Json } from '@novacron/kernel';
import { columns, type Scope } from '@novacron/workflow';
import type { Draft } from './draft.ts';
import { modelAlias, pinKey } from './shape.ts';
import { instanceName, taskId, type Outputs } from './state.ts';

type Fields = Scope;

/** What the expressions of a task see; members are looked up when they are read, so a scope costs nothing for thousands of tasks. */
export function scopeOf(draft: Draft, task?: string, more: Scope = {}): Scope {
  const { plan } = draft;
  return {
    params: plan.params,
    run: { id: draft.id, workflow: plan.workflow },
    trigger: plan.cause.detail ?? {},
    tasks: lookup((name) => draft.shapes.tasks.has(name), () => draft.shapes.order, (name) => taskFields(draft, name)),
    models: lookup((name) => pinned(draft, name, task) !== undefined, () => modelNames(draft), (name) => pinned(draft, name, task)!),
    ...more,
  } as Scope;
}

/** `item` and `index` of an instance. */
export function instanceScope(draft: Draft, group: string, index: number): Scope {
  return { item: draft.rows.items.get(taskId(draft.id, group))?.items[index] ?? index, index } as Scope;
}

function taskFields(draft: Draft, name: string): Fields {
  const status = draft.task(name)?.status ?? 'pending';
  return {
    state: status === 'due' ? 'pending' : status,
    get outputs(): Fields {
      const group = draft.group(name);
      if (!group) return (draft.task(name)?.outputs ?? {}) as Fields;
      return columns(() => Array.from({ length: group.count }, (_, i) => draft.task(instanceName(name, i))?.outputs as Fields | undefined));
    },
  } as Fields;
}

/** The task's own model of that name, else one that some other task of the run pinned. */
function pinned(draft: Draft, name: string, task: string | undefined): Json | undefined {
  const { tasks, order } = draft.shapes;
  for (const owner of task === undefined ? order : [task, ...order]) {
    const need = tasks.get(owner)?.task.models.find((one) => modelAlias(one) === name);
    const version = need && draft.rows.pin.get(taskId(draft.id, pinKey(need)));
    if (version) return version as unknown as Json;
  }
  return undefined;
}

function modelNames(draft: Draft): string[] {
  return [...new Set(draft.plan.definition.tasks.flatMap((task) => task.models.map(modelAlias)))].filter((name) => pinned(draft, name, undefined) !== undefined);
}

/** An object whose members are made when they are asked for. */
function lookup(has: (name: string) => boolean, names: () => readonly string[], read: (name: string) => Json | Fields): Outputs {
  const known = (key: string | symbol): key is string => typeof key === 'string' && has(key);
  return new Proxy(Object.create(null) as Record<string, Json>, {
    get: (_, key) => (known(key) ? (read(key) as Json) : undefined),
    has: (_, key) => known(key),
    ownKeys: () => [...names()],
    getOwnPropertyDescriptor: (_, key) => (known(key) ? { value: read(key), enumerable: true, configurable: true } : undefined),
  });
}
