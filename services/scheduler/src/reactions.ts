import { onPoolSetRequested, onQuotaSetRequested } from './domain/pool/commands.ts';
import { onExplainWait } from './domain/pool/explain.ts';
import { onInventoryDue, onNodeDraining, onNodeLost, onNodeRegistered, onNodeResumed } from './domain/pool/nodes.ts';
import { onAttemptEnded, onPlacementContinued, onTaskCancelRequested, onTaskReady } from './domain/pool/tasks.ts';

/** What the scheduler answers to what. */
export const reactions = {
  // from the resolver
  TaskReady: onTaskReady,
  TaskCancelRequested: onTaskCancelRequested,
  // from the executor
  AttemptSucceeded: onAttemptEnded,
  AttemptFailed: onAttemptEnded,
  AttemptCancelled: onAttemptEnded,
  AttemptLost: onAttemptEnded,
  // from the fleet
  NodeRegistered: onNodeRegistered,
  NodeDraining: onNodeDraining,
  NodeResumed: onNodeResumed,
  NodeLost: onNodeLost,
  // from the gateway
  PoolSetRequested: onPoolSetRequested,
  QuotaSetRequested: onQuotaSetRequested,
  // from itself
  PlacementContinued: onPlacementContinued,
  InventoryDue: onInventoryDue,
  // asked directly
  ExplainWait: onExplainWait,
};
