import { NOTHING, type DecideContext, type Decision, type Message } from '@novacron/kernel';
import type {
  AttemptCancelled, AttemptFailed, AttemptLost, AttemptSucceeded, PlacementContinued, TaskCancelRequested, TaskQueued, TaskReady,
} from '@novacron/contracts';
import { askOf, shapeOf } from './ask.ts';
import { diagnose } from './explain.ts';
import { askInventory } from './nodes.ts';
import { placementOf, placeWaiting } from './place.ts';
import { Room } from './room.ts';
import { idOf, nodeId, poolOf, type Placed, type PoolView } from './state.ts';

export function onTaskReady(view: PoolView, task: TaskReady): readonly Message[] {
  const id = idOf(task);
  if (view.queued.has(id) || view.placed.has(id)) return NOTHING.events;
  const ask = askOf(task.resources);
  const reason = mustQueue(view, task.pool, shapeOf(task.pool, task.workspace, ask));
  if (reason !== undefined) return [queuedOf(task, reason)];
  const room = new Room(view, task.pool);
  const spot = room.quotaLack(task.workspace, ask) ? undefined : room.find(ask);
  if (spot) return [placementOf(task, spot)];
  return [queuedOf(task, diagnose(view, task.pool, task.workspace, ask).reason)];
}

/** Without looking for room: who is alike and came before did not find any. */
function mustQueue(view: PoolView, pool: string, shape: string): string | undefined {
  if (poolOf(view, pool).continuing) return 'Behind: the pool is placing those who came before';
  const waiting = view.queued.count('byShape', shape);
  return waiting === 0 ? undefined : `Behind: ${waiting} of this workspace already wait for the same resources`;
}

function queuedOf(task: TaskReady, reason: string): TaskQueued {
  const { workspace, run, task: name, attempt, workflow, pool, priority, resources, work } = task;
  return { type: 'TaskQueued', workspace, run, task: name, attempt, workflow, pool, priority, resources, work, reason };
}

type AttemptEnded = AttemptSucceeded | AttemptFailed | AttemptCancelled | AttemptLost;
const OUTCOMES = { AttemptSucceeded: 'succeeded', AttemptFailed: 'failed', AttemptCancelled: 'cancelled', AttemptLost: 'lost' } as const;

/** Gives back once, by attempt; then what waits may come. */
export function onAttemptEnded(view: PoolView, ended: AttemptEnded, { now }: DecideContext): Decision {
  const placed = view.placed.get(idOf(ended));
  if (!placed || placed.lost) return NOTHING;
  const { workspace, run, task, attempt } = ended;
  const { pool, node } = placed;
  const released = { type: 'TaskReleased', workspace, run, task, attempt, pool, outcome: OUTCOMES[ended.type] };
  const at = nodeId(pool, node);
  // Its process may go on: only the node's agent knows when the place is free.
  const keepsPlace = ended.type === 'AttemptLost' && view.node.get(at)!.present;
  const events = [released, ...afterRelease(view, placed, keepsPlace)];
  if (!keepsPlace || view.placed.count('lostOn', at) > 0) return { events };
  const { event, timer } = askInventory(pool, node, now);
  return { events: [...events, event], timers: [timer] };
}

function afterRelease(view: PoolView, placed: Placed, keepsPlace: boolean): Message[] {
  const { pool, workspace } = placed;
  if (poolOf(view, pool).continuing || view.shape.first('inPool', pool) === undefined) return [];
  const room = new Room(view, pool);
  if (!keepsPlace) room.freePlace(placed);
  room.freeQuota(placed);
  return placeWaiting(view, pool, room, {
    ...(keepsPlace ? {} : { node: placed.node }),
    ...(room.limited(workspace) ? { workspace } : {}),
  });
}

export function onTaskCancelRequested(view: PoolView, wish: TaskCancelRequested): readonly Message[] {
  const id = idOf(wish);
  const { workspace, run, task, attempt, reason } = wish;
  const queued = view.queued.get(id);
  if (queued) return [{ type: 'TaskDequeued', workspace, run, task, attempt, pool: queued.said.pool, reason }];
  const placed = view.placed.get(id);
  if (!placed || placed.lost || placed.cancelling) return NOTHING.events;
  return [{ type: 'CancelForwarded', workspace, run, task, attempt, pool: placed.pool, reason }];
}

export function onPlacementContinued(view: PoolView, { pool }: PlacementContinued): readonly Message[] {
  if (!poolOf(view, pool).continuing) return NOTHING.events;
  const placed = placeWaiting(view, pool, new Room(view, pool), 'anything');
  return placed.at(-1)?.type === 'PlacementContinued' ? placed : [...placed, { type: 'PlacementSettled', pool }];
}
