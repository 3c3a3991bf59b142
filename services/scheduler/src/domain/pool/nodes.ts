import { NOTHING, type DecideContext, type Decision, type Message, type TimerChange } from '@novacron/kernel';
import type { NodeDraining, NodeLost, NodeRegistered, NodeResumed } from '@novacron/contracts';
import type { InventoryDue } from './events.ts';
import { without } from './folds.ts';
import { placeWaiting } from './place.ts';
import { Room } from './room.ts';
import { nodeId, poolOf, type Node, type PoolView } from './state.ts';

export function onNodeRegistered(view: PoolView, said: NodeRegistered): Decision {
  const before = view.node.get(nodeId(said.pool, said.node));
  const placeable = !said.draining;
  const freed = freedBy(view, said);
  const joins = !before?.present || before.placeable !== placeable || !sameCapacity(before, said);
  if (!joins && freed.length === 0) return NOTHING;
  const { pool, capacity } = said;
  const events: Message[] = [];
  if (joins) events.push({ type: 'NodeJoined', pool, node: said.node, capacity, placeable });
  if (freed.length > 0) events.push({ type: 'InventoryTaken', pool, node: said.node, freed });
  let node: Node = { ...(before ?? EMPTY), pool, node: said.node, capacity, present: true, placeable };
  for (const id of freed) node = without(node, view.placed.get(id)!);
  events.push(...placedOn(view, node));
  const allFreed = freed.length > 0 && freed.length === view.placed.count('lostOn', nodeId(pool, said.node));
  return { events, timers: allFreed ? [{ id: inventoryTimer(pool, said.node) }] : [] };
}

const EMPTY = { cpu: 0, memory: 0, gpus: [], attempts: 0 };

/** Lost attempts that the agent no longer lists; costs the length of the list and the node's lost attempts. */
function freedBy(view: PoolView, { pool, node, attempts }: NodeRegistered): string[] {
  const lost = view.placed.list('lostOn', nodeId(pool, node));
  const listed = new Set(attempts);
  return [...lost].filter((id) => !listed.has(id));
}

/** An agent tells its inventory when it is asked; asked again until it names none of the node's lost attempts. */
export const INVENTORY_MS = 5_000;

export function askInventory(pool: string, node: string, now: number): { event: Message; timer: TimerChange } {
  return {
    event: { type: 'InventoryRequested', pool, node },
    timer: { id: inventoryTimer(pool, node), at: now + INVENTORY_MS, message: { type: 'InventoryDue', pool, node } },
  };
}

export function onInventoryDue(view: PoolView, { pool, node }: InventoryDue, { now }: DecideContext): Decision {
  if (view.placed.count('lostOn', nodeId(pool, node)) === 0) return NOTHING;
  const { event, timer } = askInventory(pool, node, now);
  return { events: [event], timers: [timer] };
}

const inventoryTimer = (pool: string, node: string) => `inventory/${nodeId(pool, node)}`;

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

export function onNodeLost(view: PoolView, { pool, node, reason }: NodeLost): Decision {
  if (!view.node.get(nodeId(pool, node))?.present) return NOTHING;
  const waits = view.placed.count('lostOn', nodeId(pool, node)) > 0;
  return { events: [{ type: 'NodeLeft', pool, node, reason }], timers: waits ? [{ id: inventoryTimer(pool, node) }] : [] };
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
