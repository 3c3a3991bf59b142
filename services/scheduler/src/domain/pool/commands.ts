import { NOTHING, type Message } from '@novacron/kernel';
import type { PoolSetRequested, QuotaSetRequested } from '@novacron/contracts';
import { millicores } from './ask.ts';
import { placeWaiting } from './place.ts';
import { DIMENSIONS, Room } from './room.ts';
import { DEFAULT_POOL, poolOf, type PoolView } from './state.ts';

export function onPoolSetRequested(view: PoolView, asked: PoolSetRequested): readonly Message[] {
  const { command, workspace, pool, title } = asked;
  if (isAnswered(view, asked)) return NOTHING.events;
  return [{ type: 'PoolSet', command, workspace, pool, title }];
}

export function onQuotaSetRequested(view: PoolView, asked: QuotaSetRequested): readonly Message[] {
  const { command, workspace, pool, grantee, limit } = asked;
  if (isAnswered(view, asked)) return NOTHING.events;
  if (!exists(view, pool)) return [refused(asked, 'PoolUnknown', 404, `there is no pool ${pool}: create it, or let a node join it first`)];
  const wrong = DIMENSIONS.find((d) => (limit[d] ?? 0) < 0);
  if (wrong) return [refused(asked, 'QuotaInvalid', 400, `the limit of ${wrong} is ${limit[wrong]}: give 0 or more, or null for no limit`)];
  return [{ type: 'QuotaSet', command, workspace, pool, grantee, limit }, ...placedByQuota(view, asked)];
}

function placedByQuota(view: PoolView, { pool, grantee, limit }: QuotaSetRequested): Message[] {
  if (poolOf(view, pool).continuing) return [];
  const room = new Room(view, pool);
  room.setLimit(grantee, { ...limit, cpu: limit.cpu === null ? null : millicores(limit.cpu) });
  return placeWaiting(view, pool, room, { workspace: grantee });
}

/** `default` is always there; any other pool by command, or because a node or task named it. */
function exists(view: PoolView, pool: string): boolean {
  return pool === DEFAULT_POOL || view.pool.has(pool);
}

function isAnswered(view: PoolView, { pool, command }: { pool: string; command: string }): boolean {
  return view.answered.get(pool)?.command === command;
}

function refused({ command, workspace, pool }: QuotaSetRequested, code: string, status: number, detail: string): Message {
  return { type: 'PoolCommandRefused', command, workspace, pool, problem: { code, status, detail } };
}
