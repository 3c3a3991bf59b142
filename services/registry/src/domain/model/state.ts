import type { ModelAwaited, ModelVersion } from '@novacron/contracts';
import { table, type State, type View } from '@novacron/kernel';
import { highestFirst } from './order.ts';

/** What a consumer demands of a version besides its range. */
export type Compat = NonNullable<ModelAwaited['compat']>;

/** What is known of a model besides its versions; it exists from the first grant or version on. */
export interface Model {
  /** Grantee to the command that granted. */
  readonly grants: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, { readonly version: string; readonly command: string }>>;
}

/** A published version: for ever as it is. `attempt` and `command` name the last one that was answered with it. */
export interface Version extends ModelVersion {
  readonly workspace: string;
  readonly run?: string;
  readonly task?: string;
  readonly attempt?: number;
  readonly command?: string;
  readonly publishedAt: number;
}

/** A task that waits for a version that fits. */
export interface Wait {
  readonly wait: string;
  readonly workspace: string;
  readonly run: string;
  readonly task: string;
  readonly model: string;
  readonly range: string;
  readonly compat?: Compat;
}

/** A trigger that is told of versions; `last` is the highest that it got. */
export interface Subscription {
  readonly subscription: string;
  readonly workspace: string;
  readonly trigger: string;
  readonly model: string;
  readonly range: string;
  readonly compat?: Compat;
  readonly last?: string;
}

export const versionId = (model: string, version: string): string => `${model}@${version}`;
export const ownerOf = (model: string): string => model.split('/')[0]!;
export const producerId = (run: string, task: string): string => `${run} ${task}`;
export const waitTimer = (wait: string): string => `wait/${wait}`;

export const schema = {
  model: table<Model>(),
  version: table<Version>({
    byModel: (v) => [v.model, ...highestFirst(v.version)],
    byProducer: (v) => (v.run !== undefined && v.task !== undefined ? [producerId(v.run, v.task), v.model] : undefined),
  }),
  wait: table<Wait>({ byModel: (w) => [w.model, w.wait] }),
  subscription: table<Subscription>({ byModel: (s) => [s.model, s.subscription] }),
};

export type RegistryState = State<typeof schema>;
export type RegistryView = View<typeof schema>;

/** A team may always use its own models; others need a grant. */
export function mayUse(state: RegistryView, model: string, workspace: string): boolean {
  return ownerOf(model) === workspace || Object.hasOwn(state.model.get(model)?.grants ?? {}, workspace);
}
