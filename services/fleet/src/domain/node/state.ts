import { canonical, sha256, table, type Evolve, type State, type View } from '@novacron/kernel';
import type { Capacity, NodeCommandRefused, NodeDraining, NodeLost, NodeRegistered, NodeResumed } from '@novacron/contracts';

export interface Node {
  readonly pool: string;
  readonly node: string;
  readonly capacity: Capacity;
  /** Changes with every start of the agent. */
  readonly boot: string;
  /** Kept while the node is away. */
  readonly draining: boolean;
  readonly status: 'ready' | 'lost';
  /** Digest of the attempts that were listed last. */
  readonly inventory: string;
}

export const schema = {
  node: table<Node>(),
  /** The last command that a pool answered: a repeat of it says nothing. */
  answered: table<{ readonly command: string }>(),
};
type NodeState = State<typeof schema>;
export type NodeView = View<typeof schema>;

export const nodeId = (pool: string, node: string): string => `${pool}/${node}`;
export const inventoryDigest = (attempts: readonly string[]): string => sha256(canonical([...attempts].sort()));

export const folds = { NodeRegistered: register, NodeLost: lose, NodeDraining: drain, NodeResumed: resume, NodeCommandRefused: answer } satisfies Record<string, Evolve<NodeState, never>>;

function register(state: NodeState, { pool, node, capacity, boot, draining, attempts }: NodeRegistered): void {
  state.node.put(nodeId(pool, node), { pool, node, capacity, boot, draining, status: 'ready', inventory: inventoryDigest(attempts) });
}

function lose(state: NodeState, said: NodeLost): void {
  change(state, said, { status: 'lost' });
}

function drain(state: NodeState, said: NodeDraining): void {
  change(state, said, { draining: true });
  answer(state, said);
}

function resume(state: NodeState, said: NodeResumed): void {
  change(state, said, { draining: false });
  answer(state, said);
}

function change(state: NodeState, { pool, node }: { pool: string; node: string }, to: Partial<Node>): void {
  const id = nodeId(pool, node);
  state.node.put(id, { ...state.node.get(id)!, ...to });
}

function answer(state: NodeState, { pool, command }: NodeDraining | NodeResumed | NodeCommandRefused): void {
  if (command) state.answered.put(pool, { command });
}
