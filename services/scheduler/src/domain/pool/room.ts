import type { Ask } from './ask.ts';
import { without } from './folds.ts';
import { freeCpu, freeGpus, nodeId, poolOf, quotaId, type Node, type Placed, type PoolView, type Quota } from './state.ts';

/** Where an attempt goes, and where it would have gone otherwise. */
export interface Spot {
  readonly node: Node;
  readonly gpus: readonly number[];
  readonly runnerUp?: string;
}

type Dimension = 'cpu' | 'memory' | 'gpu';
export const DIMENSIONS: readonly Dimension[] = ['cpu', 'memory', 'gpu'];

/**
 * Room of one pool while one decision is being made: the state, and on top of it what this decision has
 * already given and taken. Policy `best-fit`: the node that keeps the fewest GPUs, then the fewest cores, so
 * that large holes stay whole (capability RS-03).
 */
export class Room {
  private readonly view: PoolView;
  private readonly pool: string;
  private readonly nodes = new Map<string, Node>();
  private readonly quotas = new Map<string, Quota>();

  constructor(view: PoolView, pool: string) {
    this.view = view;
    this.pool = pool;
  }

  /** The best node of the whole pool, and the second best. */
  find(ask: Ask): Spot | undefined {
    const found: Node[] = [];
    for (const node of this.nodes.values()) if (fits(node, ask)) found.push(node);
    this.searchIndex(ask, found);
    if (found.length === 0) return undefined;
    found.sort(tighter);
    const [best, second] = found;
    const spot = { node: best!, gpus: pickGpus(best!, ask) };
    return second ? { ...spot, runnerUp: second.node } : spot;
  }

  /** That node, if the ask fits there. */
  at(name: string, ask: Ask): Spot | undefined {
    const node = this.node(name);
    return node && fits(node, ask) ? { node, gpus: pickGpus(node, ask) } : undefined;
  }

  /** The first dimension in which the workspace may not take more; what is not asked for is not counted. */
  quotaLack(workspace: string, ask: Ask): Dimension | undefined {
    const { limit, used } = this.quota(workspace);
    if (!limit) return undefined;
    return DIMENSIONS.find((d) => ask[d] > 0 && limit[d] !== null && used[d] + ask[d] > limit[d]);
  }

  take(spot: Spot, workspace: string, ask: Ask): void {
    const { node } = spot;
    this.nodes.set(node.node, {
      ...node, cpu: node.cpu + ask.cpu, memory: node.memory + ask.memory, attempts: node.attempts + 1,
      gpus: spot.gpus.length === 0 ? node.gpus : [...node.gpus, ...spot.gpus],
    });
    this.charge(workspace, ask, 1);
  }

  freePlace(placed: Placed): void {
    this.nodes.set(placed.node, without(this.node(placed.node)!, placed));
  }

  freeQuota(placed: Placed): void {
    this.charge(placed.workspace, placed.ask, -1);
  }

  /** The node as it will be when the events said so far are folded. */
  setNode(node: Node): void {
    this.nodes.set(node.node, node);
  }

  setLimit(workspace: string, limit: NonNullable<Quota['limit']>): void {
    this.quotas.set(workspace, { ...this.quota(workspace), limit });
  }

  limited(workspace: string): boolean {
    return this.quota(workspace).limit !== undefined;
  }

  private node(name: string): Node | undefined {
    return this.nodes.get(name) ?? this.view.node.get(nodeId(this.pool, name));
  }

  private quota(workspace: string): Quota {
    return this.quotas.get(workspace) ?? this.view.quota.get(quotaId(this.pool, workspace)) ?? { pool: this.pool, workspace, used: { cpu: 0, memory: 0, gpu: 0 } };
  }

  private charge(workspace: string, ask: Ask, sign: 1 | -1): void {
    const row = this.quota(workspace);
    if (!row.limit) return;
    const { cpu, memory, gpu } = row.used;
    this.quotas.set(workspace, { ...row, used: { cpu: cpu + sign * ask.cpu, memory: memory + sign * ask.memory, gpu: gpu + sign * ask.gpu } });
  }

  /** Adds the two best nodes that this decision has not touched; the index starts each count of GPUs at the first with enough cores. */
  private searchIndex(ask: Ask, found: Node[]): void {
    const enough = found.length + 2;
    const most = poolOf(this.view, this.pool).mostGpus;
    for (let gpus = ask.gpu; gpus <= most; gpus++) {
      for (const id of this.view.node.list('byRoom', `${this.pool}|${gpus}`, [ask.cpu])) {
        const node = this.view.node.get(id)!;
        if (this.nodes.has(node.node) || !fits(node, ask)) continue;
        found.push(node);
        if (found.length === enough) return;
      }
    }
  }
}

export function fits(node: Node, ask: Ask): boolean {
  if (!node.present || !node.placeable || freeCpu(node) < ask.cpu || node.capacity.memory - node.memory < ask.memory) return false;
  return ask.gpu === 0 || pickGpus(node, ask).length === ask.gpu;
}

/** The lowest free indexes of the wanted type; fewer than asked where there are no more. */
export function pickGpus(node: Node, ask: Ask): number[] {
  const picked: number[] = [];
  if (ask.gpu === 0) return picked;
  const free = node.capacity.gpus.filter((gpu) => (ask.gpuType === undefined || gpu.type === ask.gpuType) && !node.gpus.includes(gpu.index));
  for (const gpu of free.sort((a, b) => a.index - b.index).slice(0, ask.gpu)) picked.push(gpu.index);
  return picked;
}

function tighter(a: Node, b: Node): number {
  return freeGpus(a) - freeGpus(b) || freeCpu(a) - freeCpu(b) || (a.node < b.node ? -1 : 1);
}
