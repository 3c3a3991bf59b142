import type { Message } from '@novacron/kernel';
import type { TaskPlaced, TaskQueued, TaskReady } from '@novacron/contracts';
import { Line, type Head } from './line.ts';
import type { Room, Spot } from './room.ts';
import type { PoolView } from './state.ts';

/** A commit holds 500 events and 256 KiB; what stands beside the placements needs a little, too. */
export const SLICE = 400;
const SLICE_CHARACTERS = 160_000;

/**
 * What has more room than before. Nothing that waits fits anywhere (the pool is work conserving), so only there
 * can anything be placed: on one node, or anywhere for one workspace whose quota has room again.
 */
export type Grown = 'anything' | { readonly node?: string; readonly workspace?: string };

/**
 * Places what waits, by priority, then order of arrival. What does not fit is passed by (backfill), so a large
 * ask may wait while smaller ones run; priority does not reserve.
 */
export function placeWaiting(view: PoolView, pool: string, room: Room, grown: Grown): Message[] {
  const placed: Message[] = [];
  const line = new Line(view, pool);
  let characters = 0;
  for (let head = line.next(); head; head = line.next()) {
    const spot = spotFor(head, room, grown);
    if (!spot) continue;
    if (placed.length === SLICE || characters > SLICE_CHARACTERS) return [...placed, { type: 'PlacementContinued', pool }];
    placed.push(placementOf(head.row.said, spot));
    // The usual answer places one; only longer ones are worth measuring.
    if (placed.length > 1) characters += JSON.stringify(head.row.said.work).length + 300;
    room.take(spot, head.shape.workspace, head.shape.ask);
    line.advance(head);
  }
  return placed;
}

function spotFor({ shape }: Head, room: Room, grown: Grown): Spot | undefined {
  const everywhere = grown === 'anything' || grown.workspace === shape.workspace;
  if (!everywhere && grown.node === undefined) return undefined;
  if (room.quotaLack(shape.workspace, shape.ask)) return undefined;
  return everywhere ? room.find(shape.ask) : room.at(grown.node!, shape.ask);
}

export function placementOf(task: TaskReady | TaskQueued, spot: Spot): TaskPlaced {
  const { workspace, run, task: name, attempt, workflow, pool, resources, work } = task;
  const placed: TaskPlaced = { type: 'TaskPlaced', workspace, run, task: name, attempt, workflow, pool, resources, work, node: spot.node.node, gpus: [...spot.gpus], policy: 'best-fit' };
  return spot.runnerUp === undefined ? placed : { ...placed, runnerUp: spot.runnerUp };
}
