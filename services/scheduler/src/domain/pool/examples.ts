import type { AttemptSucceeded, NodeRegistered, TaskCancelRequested, TaskReady } from '@novacron/contracts';
import type { Json, Message } from '@novacron/kernel';

/** Messages for tests. */
interface Wanted {
  readonly workspace?: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly gpu?: number;
  readonly gpuType?: string;
  readonly priority?: number;
  readonly inputs?: Record<string, Json>;
}

export function ready(task: string, wanted: Wanted = {}): TaskReady {
  const { workspace = 'shop', cpu = 1, memory = 0, gpu = 0, gpuType, priority = 0, inputs = {} } = wanted;
  return {
    type: 'TaskReady', workspace, run: 'r', task, attempt: 1, workflow: 'w', pool: 'default', priority,
    resources: { cpu, memory, gpu, ...(gpuType === undefined ? {} : { gpuType }) }, work: { kind: 'function', params: {}, inputs, grace: 0 },
  };
}

interface Offered {
  readonly cpu?: number;
  readonly gpus?: readonly string[];
  readonly draining?: boolean;
  readonly attempts?: string[];
}

export function registered(node: string, { cpu = 1, gpus = [], draining = false, attempts = [] }: Offered = {}): NodeRegistered {
  const capacity = { cpu, memory: 1000, gpus: gpus.map((type, index) => ({ index, type, memory: 0 })), declared: true };
  return { type: 'NodeRegistered', pool: 'default', node, capacity, boot: 'b', draining, attempts };
}

/** Endings differ in fields that the scheduler does not read. */
export function ended(type: 'AttemptSucceeded' | 'AttemptFailed' | 'AttemptCancelled' | 'AttemptLost', task: string): Message {
  const success: AttemptSucceeded = { type: 'AttemptSucceeded', workspace: 'shop', run: 'r', task, attempt: 1, workflow: 'w', pool: 'default', node: 'n1', endedAt: 0, outputs: {} };
  return { ...success, type };
}

export function cancel(task: string): TaskCancelRequested {
  return { type: 'TaskCancelRequested', workspace: 'shop', run: 'r', task, attempt: 1, pool: 'default', reason: 'unwanted' };
}

/** `TaskPlaced a n1`. */
export function said(events: readonly Message[]): string[] {
  return events.map((e) => [e.type, e.task, e.type === 'TaskPlaced' ? e.node : undefined].filter((part) => part !== undefined).join(' '));
}
