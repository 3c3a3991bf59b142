import type { Row } from '../projections/tables.ts';
import type { Rows } from './rows.ts';

/** One thing and what caused it. */
export interface Link {
  readonly kind: 'run' | 'trigger' | 'model version' | 'person';
  readonly name: string;
  readonly workspace: string;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly causedBy: readonly Link[];
}

/** A chain longer than this is cut; teams that trigger each other in a circle would otherwise never end. */
const MAX_DEPTH = 20;

/** Walks the causes of a run: who or what started it, the model versions it uses, the runs that produced those. */
export async function traceOf(rows: Rows, run: Row<'run'>, mayEnter: (workspace: string) => boolean, depth = 0): Promise<Link> {
  const { id, workspace, workflow, version, status, cause } = run;
  const causedBy = depth < MAX_DEPTH ? [...(await started(rows, run, mayEnter, depth)), ...(await pinned(rows, run, mayEnter, depth))] : [];
  return { kind: 'run', name: id, workspace: workspace!, detail: { workflow, version, status, cause }, causedBy };
}

interface Cause {
  readonly kind: string;
  readonly by: string;
  readonly occasion?: string;
  readonly detail?: { readonly model?: string; readonly version?: string };
}

async function started(rows: Rows, run: Row<'run'>, mayEnter: (workspace: string) => boolean, depth: number): Promise<Link[]> {
  const cause = run.cause as unknown as Cause | null;
  if (!cause) return [];
  if (cause.kind === 'manual') return [{ kind: 'person', name: cause.by, workspace: run.workspace!, causedBy: [] }];
  if (cause.kind === 'retry') {
    const before = run.retryOf === null ? undefined : await rows.one('run', { id: run.retryOf });
    return before ? [await traceOf(rows, before, mayEnter, depth + 1)] : [];
  }
  const { model, version } = cause.detail ?? {};
  const behind = model && version ? [await producedBy(rows, model, version, mayEnter, depth + 1)] : [];
  return [{ kind: 'trigger', name: cause.by, workspace: run.workspace!, detail: { kind: cause.kind, occasion: cause.occasion }, causedBy: behind }];
}

async function pinned(rows: Rows, run: Row<'run'>, mayEnter: (workspace: string) => boolean, depth: number): Promise<Link[]> {
  const pins = await rows.all('modelPin', { run: run.id }, ['task', 'alias']);
  const versions = new Map(pins.map((pin) => [`${pin.model}@${pin.version}`, pin]));
  return Promise.all([...versions.values()].map((pin) => producedBy(rows, pin.model!, pin.version!, mayEnter, depth + 1)));
}

async function producedBy(rows: Rows, model: string, version: string, mayEnter: (workspace: string) => boolean, depth: number): Promise<Link> {
  const known = await rows.one('modelVersion', { model, version });
  const workspace = model.split('/')[0]!;
  const producer = known?.run ? await rows.one('run', { id: known.run }) : undefined;
  // Lineage names the producing run; what else is known of it is its own team's.
  const causedBy: Link[] = !producer ? [] : mayEnter(producer.workspace!) && depth < MAX_DEPTH
    ? [await traceOf(rows, producer, mayEnter, depth + 1)]
    : [{ kind: 'run', name: producer.id, workspace: producer.workspace!, causedBy: [] }];
  return { kind: 'model version', name: `${model}@${version}`, workspace, detail: { metrics: known?.metrics, task: known?.task, lineage: known?.lineage }, causedBy };
}
