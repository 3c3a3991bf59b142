import type { Evolve } from '@novacron/kernel';
import type {
  CancelForwarded, NodeJoined, NodeLeft, PlacementContinued, PoolCommandRefused, PoolSet, QuotaSet, TaskDequeued, TaskPlaced, TaskQueued, TaskReleased,
} from '@novacron/contracts';
import { askOf, millicores, minus, NOTHING_USED, plus, shapeOf, type Ask } from './ask.ts';
import type { InventoryTaken, PlacementSettled } from './events.ts';
import { idOf, nodeId, poolOf, quotaId, type Node, type Placed, type PoolState } from './state.ts';

export const folds = { TaskQueued: queue, TaskPlaced: place, TaskReleased: release, TaskDequeued: dequeue, CancelForwarded: forward,
  PlacementContinued: begin, PlacementSettled: settle, PoolSet: setPool, QuotaSet: setQuota, PoolCommandRefused: answer,
  NodeJoined: join, NodeLeft: leave, InventoryTaken: takeInventory } satisfies Record<string, Evolve<PoolState, never>>;

function queue(state: PoolState, said: TaskQueued): void {
  const pool = poolOf(state, said.pool);
  const ask = askOf(said.resources);
  const shape = shapeOf(said.pool, said.workspace, ask);
  const before = state.shape.get(shape);
  state.pool.put(said.pool, { ...pool, next: pool.next + 1 });
  state.queued.put(idOf(said), { shape, order: pool.next, said });
  if (before && before.priority >= said.priority) return;
  state.shape.put(shape, { pool: said.pool, workspace: said.workspace, ask, priority: said.priority, order: pool.next });
}

function dequeue(state: PoolState, said: TaskDequeued): void {
  leaveQueue(state, idOf(said));
}

function leaveQueue(state: PoolState, id: string): void {
  const row = state.queued.get(id);
  if (!row) return;
  state.queued.delete(id);
  const shape = state.shape.get(row.shape)!;
  if (shape.order !== row.order) return;
  const first = state.queued.first('byShape', row.shape);
  if (first === undefined) return state.shape.delete(row.shape);
  const head = state.queued.get(first)!;
  state.shape.put(row.shape, { ...shape, priority: head.said.priority, order: head.order });
}

function place(state: PoolState, said: TaskPlaced): void {
  const id = idOf(said);
  const at = nodeId(said.pool, said.node);
  const node = state.node.get(at)!;
  const ask = askOf(said.resources);
  leaveQueue(state, id);
  state.placed.put(id, { pool: said.pool, workspace: said.workspace, node: said.node, ask, gpus: said.gpus, lost: false, cancelling: false });
  const gpus = said.gpus.length === 0 ? node.gpus : [...node.gpus, ...said.gpus];
  state.node.put(at, { ...node, cpu: node.cpu + ask.cpu, memory: node.memory + ask.memory, gpus, attempts: node.attempts + 1 });
  chargeQuota(state, said.pool, said.workspace, ask, plus);
}

/** A lost attempt holds its place until an inventory shows that it is gone: its process may go on. */
function release(state: PoolState, said: TaskReleased): void {
  const id = idOf(said);
  const placed = state.placed.get(id)!;
  chargeQuota(state, placed.pool, placed.workspace, placed.ask, minus);
  const node = state.node.get(nodeId(placed.pool, placed.node))!;
  if (said.outcome === 'lost' && node.present) state.placed.put(id, { ...placed, lost: true });
  else freePlace(state, id, placed);
}

function freePlace(state: PoolState, id: string, placed: Placed): void {
  state.placed.delete(id);
  const at = nodeId(placed.pool, placed.node);
  const node = state.node.get(at)!;
  const left = without(node, placed);
  if (left.attempts === 0 && !left.present) state.node.delete(at);
  else state.node.put(at, left);
}

/** The node when the attempt has left it. */
export function without(node: Node, placed: Placed): Node {
  const gpus = placed.gpus.length === 0 ? node.gpus : node.gpus.filter((index) => !placed.gpus.includes(index));
  return { ...node, cpu: node.cpu - placed.ask.cpu, memory: node.memory - placed.ask.memory, gpus, attempts: node.attempts - 1 };
}

function chargeQuota(state: PoolState, pool: string, workspace: string, ask: Ask, by: typeof plus): void {
  const id = quotaId(pool, workspace);
  const row = state.quota.get(id) ?? { pool, workspace, used: NOTHING_USED };
  state.quota.put(id, { ...row, used: by(row.used, ask) });
}

function forward(state: PoolState, said: CancelForwarded): void {
  const id = idOf(said);
  state.placed.put(id, { ...state.placed.get(id)!, cancelling: true });
}

function begin(state: PoolState, said: PlacementContinued): void {
  state.pool.put(said.pool, { ...poolOf(state, said.pool), continuing: true });
}

function settle(state: PoolState, said: PlacementSettled): void {
  state.pool.put(said.pool, { ...poolOf(state, said.pool), continuing: false });
}

function setPool(state: PoolState, said: PoolSet): void {
  state.pool.put(said.pool, { ...poolOf(state, said.pool), title: said.title, declared: true });
  answer(state, said);
}

function setQuota(state: PoolState, said: QuotaSet): void {
  const id = quotaId(said.pool, said.grantee);
  const row = state.quota.get(id) ?? { pool: said.pool, workspace: said.grantee, used: NOTHING_USED };
  const { cpu, memory, gpu } = said.limit;
  state.quota.put(id, { ...row, limit: { cpu: cpu === null ? null : millicores(cpu), memory, gpu } });
  answer(state, said);
}

function answer(state: PoolState, said: PoolSet | QuotaSet | PoolCommandRefused): void {
  if (said.command) state.answered.put(said.pool, { command: said.command });
}

function join(state: PoolState, said: NodeJoined): void {
  const at = nodeId(said.pool, said.node);
  const pool = poolOf(state, said.pool);
  const before = state.node.get(at) ?? { pool: said.pool, node: said.node, cpu: 0, memory: 0, gpus: [], attempts: 0 };
  state.node.put(at, { ...before, capacity: said.capacity, present: true, placeable: said.placeable });
  if (said.capacity.gpus.length > pool.mostGpus || !state.pool.has(said.pool)) {
    state.pool.put(said.pool, { ...pool, mostGpus: Math.max(pool.mostGpus, said.capacity.gpus.length) });
  }
}

/** Whom nobody has judged yet stays on the books: a node that comes back may still run it. */
function leave(state: PoolState, said: NodeLeft): void {
  const at = nodeId(said.pool, said.node);
  const node = state.node.get(at)!;
  if (node.attempts === 0) return state.node.delete(at);
  state.node.put(at, { ...node, present: false, placeable: false });
  for (const id of [...state.placed.list('lostOn', at)]) freePlace(state, id, state.placed.get(id)!);
}

function takeInventory(state: PoolState, said: InventoryTaken): void {
  for (const id of said.freed) freePlace(state, id, state.placed.get(id)!);
}
