import {
  onInventoryRequested, onJudgeSilent, onListNodes, onNodeDrainRequested, onNodeResumeRequested, onRegisterNode,
} from './domain/node/decide.ts';

/** What the fleet answers to what. */
export const reactions = {
  // from the gateway
  NodeDrainRequested: onNodeDrainRequested,
  NodeResumeRequested: onNodeResumeRequested,
  // from the scheduler
  InventoryRequested: onInventoryRequested,
  // from the agents, by way of this service's own edge
  RegisterNode: onRegisterNode,
  JudgeSilent: onJudgeSilent,
  ListNodes: onListNodes,
};
