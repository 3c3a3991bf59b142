import type { Capacity } from '@novacron/contracts';

/** Direct inputs and own events that no other service reads. */

/** A node's agent has told who it is and what it has. */
export type RegisterNode = {
  readonly type: 'RegisterNode';
  readonly pool: string;
  readonly node: string;
  readonly boot: string;
  readonly capacity: Capacity;
  /** `run/task/attempt` of what is still there. */
  readonly attempts: readonly string[];
  /** Told before on this connection: said on purpose, so passed on even where it is the same. */
  readonly again: boolean;
};

/** The edge has heard nothing of the node for too long. */
export type JudgeSilent = { readonly type: 'JudgeSilent'; readonly pool: string; readonly node: string };

/** Query of an edge whose process has just claimed the partition: whose silence counts? */
export type ListNodes = { readonly type: 'ListNodes' };

/** The edge passes it on to the node's agent, if that is connected; who wants it asks again. */
export type InventoryAsked = { readonly type: 'InventoryAsked'; readonly pool: string; readonly node: string };
