import { table, type State, type View } from '@novacron/kernel';
import type { Capacity, TaskQueued } from '@novacron/contracts';
import type { Amounts, Ask } from './ask.ts';

export interface Pool {
  readonly title: string;
  /** Set by command, and not only heard of. */
  readonly declared: boolean;
  /** Number that the next queued attempt gets: first in, first out. */
  readonly next: number;
  /** Most GPUs that a node of the pool ever had: where a search over counts of free GPUs ends. */
  readonly mostGpus: number;
  /** A `PlacementContinued` is on its way: until it is decided, nothing else places. */
  readonly continuing: boolean;
}

/** A node and what is held there. Rows of attempts are in `placed` only: this one must stay small. */
export interface Node {
  readonly pool: string;
  readonly node: string;
  readonly capacity: Capacity;
  /** False after `NodeLost`, as long as something placed there has not been judged. */
  readonly present: boolean;
  readonly placeable: boolean;
  /** Millicores and MiB. */
  readonly cpu: number;
  readonly memory: number;
  /** Indexes of the GPUs in use. */
  readonly gpus: readonly number[];
  readonly attempts: number;
}

export type Limit = { readonly [K in keyof Amounts]: number | null };

/** What a workspace holds of a pool, and may hold. */
export interface Quota {
  readonly pool: string;
  readonly workspace: string;
  readonly used: Amounts;
  readonly limit?: Limit;
}

export interface Queued {
  readonly shape: string;
  readonly order: number;
  readonly said: TaskQueued;
}

/** A kind of ask that waits, known by the attempt that is first in it. */
export interface Shape {
  readonly pool: string;
  readonly workspace: string;
  readonly ask: Ask;
  readonly priority: number;
  readonly order: number;
}

export interface Placed {
  readonly pool: string;
  readonly workspace: string;
  readonly node: string;
  readonly ask: Ask;
  readonly gpus: readonly number[];
  /** Nobody knows how it ended: its quota is given back, its place is not. */
  readonly lost: boolean;
  readonly cancelling: boolean;
}

export const schema = {
  pool: table<Pool>(),
  node: table<Node>({
    /** By free GPUs, then free millicores: the first that fits is the best fit. */
    byRoom: (n) => (n.present && n.placeable ? [`${n.pool}|${freeGpus(n)}`, freeCpu(n)] : undefined),
    inPool: (n) => [n.pool, n.node],
  }),
  quota: table<Quota>(),
  queued: table<Queued>({ byShape: (q) => [q.shape, -q.said.priority, q.order] }),
  shape: table<Shape>({ inPool: (s) => [s.pool, -s.priority, s.order] }),
  placed: table<Placed>({ lostOn: (p) => (p.lost ? [nodeId(p.pool, p.node)] : undefined) }),
  /** The last command that a pool answered: a repeat of it says nothing. */
  answered: table<{ readonly command: string }>(),
};
export type PoolState = State<typeof schema>;
export type PoolView = View<typeof schema>;

export const nodeId = (pool: string, node: string): string => `${pool}/${node}`;
export const quotaId = (pool: string, workspace: string): string => `${pool}/${workspace}`;
/** As agents and inventories name it: `attemptId` of the contracts. */
export const idOf = (a: { run: string; task: string; attempt: number }): string => `${a.run}/${a.task}/${a.attempt}`;

export const DEFAULT_POOL = 'default';
const UNHEARD_OF: Pool = { title: '', declared: false, next: 0, mostGpus: 0, continuing: false };
export const poolOf = (state: PoolView, pool: string): Pool => state.pool.get(pool) ?? UNHEARD_OF;

export function freeCpu(node: Node): number {
  return Math.round(node.capacity.cpu * 1000) - node.cpu;
}

/** Counted over the GPUs that the node has now: one in use may be gone from it. */
export function freeGpus(node: Node): number {
  let free = 0;
  for (const gpu of node.capacity.gpus) if (!node.gpus.includes(gpu.index)) free++;
  return free;
}
