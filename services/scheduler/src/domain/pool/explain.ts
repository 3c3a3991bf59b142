import { NOTHING, refuse, type Decision, type Json, type Refusal } from '@novacron/kernel';
import { cores, type Ask } from './ask.ts';
import type { ExplainWait } from './events.ts';
import { before } from './line.ts';
import { fits, Room } from './room.ts';
import { freeCpu, freeGpus, quotaId, type Node, type PoolView, type Queued } from './state.ts';

/** Why an ask has no place now, and the smallest change that would give it one. */
export type Diagnosis = {
  readonly code: 'QuotaReached' | 'NoNode' | 'TooLarge' | 'NoCapacity' | 'Behind';
  readonly reason: string;
  /** What stands in the way, in numbers (cores, MiB, devices). */
  readonly constraint: { readonly [name: string]: Json };
  readonly change: string;
};

/** First form of `why`: for an attempt that waits. */
export type WaitExplained = Diagnosis & { readonly attempt: string; readonly position: number };

/** Costs the nodes of the pool: asked once per shape that has to wait, and by people. */
export function diagnose(view: PoolView, pool: string, workspace: string, ask: Ask): Diagnosis {
  return quotaReached(view, pool, workspace, ask) ?? lacksNode(view, pool, ask);
}

function quotaReached(view: PoolView, pool: string, workspace: string, ask: Ask): Diagnosis | undefined {
  const lack = new Room(view, pool).quotaLack(workspace, ask);
  if (!lack) return undefined;
  const { limit, used } = view.quota.get(quotaId(pool, workspace))!;
  const unit = (n: number) => (lack === 'cpu' ? cores(n) : n);
  const [may, holds, asked] = [unit(limit![lack]!), unit(used[lack]), unit(ask[lack])];
  const missing = unit(used[lack] + ask[lack] - limit![lack]!);
  const wait = used[lack] > 0 ? `wait until ${workspace} gives back ${missing} ${lack}, or ` : '';
  return {
    code: 'QuotaReached', reason: `QuotaReached: ${workspace} holds ${holds} of the ${may} ${lack} that it may hold of pool ${pool}; the task asks for ${asked}`,
    constraint: { quota: lack, limit: may, used: holds, asked }, change: `${wait}raise its ${lack} quota to ${unit(used[lack] + ask[lack])}`,
  };
}

function lacksNode(view: PoolView, pool: string, ask: Ask): Diagnosis {
  const nodes = [...view.node.list('inPool', pool)].map((id) => view.node.get(id)!);
  const open = nodes.filter((node) => node.present && node.placeable);
  if (open.length === 0) return noNode(pool, nodes, ask);
  const constraint = asked(ask);
  if (open.some((node) => fits(node, ask))) {
    return { code: 'Behind', reason: `Behind: pool ${pool} has room and is placing those who came before`, constraint, change: 'none: it is next' };
  }
  const large = open.filter((node) => fits(emptied(node), ask));
  if (large.length === 0) {
    return {
      code: 'TooLarge', reason: `TooLarge: no node of pool ${pool} has ${textOf(ask)}, even when nothing runs there`,
      constraint, change: `let a node with ${textOf(ask)} join, or ask for less`,
    };
  }
  const closest = large.reduce((a, b) => (shortOf(b, ask) < shortOf(a, ask) ? b : a));
  return {
    code: 'NoCapacity', reason: `NoCapacity: no node of pool ${pool} has ${textOf(ask)} free`,
    constraint: { ...constraint, node: closest.node, freeCpu: cores(freeCpu(closest)), freeMemory: closest.capacity.memory - closest.memory, freeGpu: freeGpus(closest) },
    change: `wait until ${closest.node} has ${textOf(ask)} free, or let another node join`,
  };
}

function noNode(pool: string, nodes: readonly Node[], ask: Ask): Diagnosis {
  const drained = nodes.find((node) => node.present);
  return {
    code: 'NoNode', reason: `NoNode: pool ${pool} has no node that takes work`, constraint: asked(ask),
    change: drained ? `resume node ${drained.node}, or let another join` : `let a node with ${textOf(ask)} join`,
  };
}

export function explainWait(view: PoolView, attempt: string): WaitExplained | undefined {
  const row = view.queued.get(attempt);
  if (!row) return undefined;
  const { workspace, ask, pool } = view.shape.get(row.shape)!;
  return { ...diagnose(view, pool, workspace, ask), attempt, position: positionOf(view, pool, row) };
}

/** From 1; counts those who come before it, whatever their shape. */
function positionOf(view: PoolView, pool: string, row: Queued): number {
  let position = 1;
  for (const shape of view.shape.list('inPool', pool)) {
    for (const id of view.queued.list('byShape', shape)) {
      if (!before(view.queued.get(id)!, row)) break;
      position++;
    }
  }
  return position;
}

export function onExplainWait(view: PoolView, { attempt, pool }: ExplainWait): Decision | Refusal {
  const reply = explainWait(view, attempt);
  return reply ? { ...NOTHING, reply } : refuse('NotWaiting', `attempt ${attempt} does not wait in pool ${pool}`, 404);
}

const emptied = (node: Node): Node => ({ ...node, cpu: 0, memory: 0, gpus: [], attempts: 0 });
const asked = (ask: Ask) => ({ cpu: cores(ask.cpu), memory: ask.memory, gpu: ask.gpu, ...(ask.gpuType === undefined ? {} : { gpuType: ask.gpuType }) });

/** GPUs weigh most: they are what is waited for longest. */
function shortOf(node: Node, ask: Ask): number {
  const lack = (free: number, wanted: number) => Math.max(0, wanted - free);
  return lack(freeGpus(node), ask.gpu) * 1e12 + lack(freeCpu(node), ask.cpu) * 1e6 + lack(node.capacity.memory - node.memory, ask.memory);
}

function textOf(ask: Ask): string {
  const parts = [`${cores(ask.cpu)} cores`];
  if (ask.memory > 0) parts.push(`${ask.memory} MiB`);
  if (ask.gpu > 0) parts.push(`${ask.gpu} GPUs${ask.gpuType === undefined ? '' : ` of type ${ask.gpuType}`}`);
  return parts.join(', ');
}
