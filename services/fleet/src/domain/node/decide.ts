import { canonical, NOTHING, refuse, type Decision, type Message, type Refusal } from '@novacron/kernel';
import type { Capacity, InventoryRequested, NodeDrainRequested, NodeResumeRequested } from '@novacron/contracts';
import type { JudgeSilent, RegisterNode } from './messages.ts';
import { inventoryDigest, nodeId, type Node, type NodeView } from './state.ts';

export function onRegisterNode(view: NodeView, said: RegisterNode): readonly Message[] | Refusal {
  const { pool, node, capacity, boot, attempts } = said;
  const problem = problemOf(capacity);
  if (problem) return refuse('CapacityInvalid', `node ${node}: ${problem}`, 400);
  const before = view.node.get(nodeId(pool, node));
  if (before && !said.again && isKnown(before, said)) return NOTHING.events;
  return [{ type: 'NodeRegistered', pool, node, capacity, boot, draining: before?.draining ?? false, attempts }];
}

function isKnown(before: Node, { boot, capacity, attempts }: RegisterNode): boolean {
  return before.status === 'ready' && before.boot === boot && before.inventory === inventoryDigest(attempts) && canonical(before.capacity) === canonical(capacity);
}

function problemOf({ cpu, memory, gpus }: Capacity): string | undefined {
  if (cpu < 0 || memory < 0) return `a node has no negative cores or memory (cpu ${cpu}, memory ${memory})`;
  if (new Set(gpus.map(({ index }) => index)).size < gpus.length) return 'two of its GPUs have the same index';
  return undefined;
}

export function onJudgeSilent(view: NodeView, { pool, node }: JudgeSilent): readonly Message[] {
  if (view.node.get(nodeId(pool, node))?.status !== 'ready') return NOTHING.events;
  return [{ type: 'NodeLost', pool, node, reason: 'its agent was silent for too long' }];
}

export function onNodeDrainRequested(view: NodeView, asked: NodeDrainRequested): readonly Message[] {
  return answered(view, asked, 'NodeDraining');
}

export function onNodeResumeRequested(view: NodeView, asked: NodeResumeRequested): readonly Message[] {
  return answered(view, asked, 'NodeResumed');
}

/** Answered to every new command, also where the node is so already: somebody waits for it. */
function answered(view: NodeView, { command, workspace, pool, node }: NodeDrainRequested | NodeResumeRequested, type: string): readonly Message[] {
  if (view.answered.get(pool)?.command === command) return NOTHING.events;
  if (view.node.has(nodeId(pool, node))) return [{ type, command, workspace, pool, node }];
  const problem = { code: 'NodeUnknown', status: 404, detail: `pool ${pool} has no node ${node}: see \`novacron node list\`` };
  return [{ type: 'NodeCommandRefused', command, workspace, pool, node, problem }];
}

export function onInventoryRequested(view: NodeView, { pool, node }: InventoryRequested): readonly Message[] {
  if (view.node.get(nodeId(pool, node))?.status !== 'ready') return NOTHING.events;
  return [{ type: 'InventoryAsked', pool, node }];
}

export function onListNodes(view: NodeView): Decision {
  const ready = [...view.node.ids()].sort().map((id) => view.node.get(id)!).filter(({ status }) => status === 'ready');
  return { ...NOTHING, reply: ready.map(({ pool, node }) => ({ pool, node })) };
}
