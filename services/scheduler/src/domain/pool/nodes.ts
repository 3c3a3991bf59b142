import { NOTHING, type Message } from '@novacron/kernel';
import type { NodeDraining, NodeLost, NodeRegistered, NodeResumed } from '@novacron/contracts';
import type { InventoryTaken } from './events.ts';
import { without } from './folds.ts';
import { placeWaiting } from './place.ts';
import { Room } from './room.ts';
import { nodeId, poolOf, type Node, type PoolView } from './state.ts';

export function onNodeRegistered(view: PoolView, said: NodeRegistered): readonly Message[] {
  const before = view.node.get(nodeId(said.pool, said.node));
  const placeable = !said.draining;
  const inventory = inventoryOf(view, before, said);
  const joins = !before?.present || before.placeable !== placeable || !sameCapacity(before, said);
  if (!joins && !inventory) return NOTHING.events;
  const joined = { type: 'NodeJoined', pool: said.pool, node: said.node, capacity: said.capacity, placeable };
  let node: Node = { ...(before ?? EMPTY), pool: said.pool, node: said.node, boot: said.boot, capacity: said.capacity, present: true, placeable };
  for (const id of inventory?.freed ?? []) node = without(node, view.placed.get(id)!);
  return [...(joins ? [joined] : []), ...(inventory ? [inventory] : []), ...placedOn(view, node)];
}

const EMPTY = { cpu: 0, memory: 0, gpus: [], attempts: 0 };

/** Undefined where the agent's list teaches nothing; costs the length of the list and the node's lost attempts. */
function inventoryOf(view: PoolView, before: Node | undefined, said: NodeRegistered): InventoryTaken | undefined {
  const { pool, node, boot } = said;
  const listed = new Set(said.attempts);
  const freed = [...view.placed.list('lostOn', nodeId(pool, node))].filter((id) => !listed.has(id));
  const held = [...listed].filter((id) => {
    const placed = view.placed.get(id);
    return placed?.pool === pool && placed.node === node && placed.boot !== boot;
  });
  if (before?.boot === boot && freed.length === 0 && held.length === 0) return undefined;
  return { type: 'InventoryTaken', pool, node, boot, held, freed };
}

export function onNodeDraining(view: PoolView, { pool, node }: NodeDraining): readonly Message[] {
  return setPlaceable(view, view.node.get(nodeId(pool, node)), false);
}

export function onNodeResumed(view: PoolView, { pool, node }: NodeResumed): readonly Message[] {
  return setPlaceable(view, view.node.get(nodeId(pool, node)), true);
}

/** A node that left says itself, when it registers, whether it drains. */
function setPlaceable(view: PoolView, node: Node | undefined, placeable: boolean): readonly Message[] {
  if (!node?.present || node.placeable === placeable) return NOTHING.events;
  const { pool, capacity } = node;
  return [{ type: 'NodeJoined', pool, node: node.node, capacity, placeable }, ...placedOn(view, { ...node, placeable })];
}

export function onNodeLost(view: PoolView, { pool, node, reason }: NodeLost): readonly Message[] {
  if (!view.node.get(nodeId(pool, node))?.present) return NOTHING.events;
  return [{ type: 'NodeLeft', pool, node, reason }];
}

function placedOn(view: PoolView, node: Node): Message[] {
  if (!node.placeable || poolOf(view, node.pool).continuing) return [];
  const room = new Room(view, node.pool);
  room.setNode(node);
  return placeWaiting(view, node.pool, room, { node: node.node });
}

function sameCapacity(node: Node, said: NodeRegistered): boolean {
  const a = node.capacity;
  const b = said.capacity;
  if (a.cpu !== b.cpu || a.memory !== b.memory || a.declared !== b.declared || a.gpus.length !== b.gpus.length) return false;
  return a.gpus.every((gpu, i) => gpu.index === b.gpus[i]!.index && gpu.type === b.gpus[i]!.type && gpu.memory === b.gpus[i]!.memory);
}
