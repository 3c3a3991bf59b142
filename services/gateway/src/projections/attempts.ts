import type {
  AttemptCancelled, AttemptFailed, AttemptLost, AttemptStarted, AttemptStarting, AttemptSucceeded, LogStored, TaskDequeued, TaskPlaced, TaskQueued, TaskReleased,
} from '@novacron/contracts';
import type { Projection, Projections } from './project.ts';
import { put } from './tables.ts';

type Fence = { run: string; task: string; attempt: number };
const of = ({ run, task, attempt }: Fence) => ({ run, task, attempt });

const queued: Projection<TaskQueued> = (e, { time }) => [
  put('attempt', of(e), { workspace: e.workspace, workflow: e.workflow, pool: e.pool, priority: e.priority, resources: e.resources, queuedAt: time, queueReason: e.reason }),
];

const placed: Projection<TaskPlaced> = (e, { time }) => [
  put('attempt', of(e), {
    workspace: e.workspace, workflow: e.workflow, pool: e.pool, resources: e.resources, placedAt: time, node: e.node, gpus: e.gpus, policy: e.policy, runnerUp: e.runnerUp,
  }),
];

const released: Projection<TaskReleased> = (e, { time }) => [put('attempt', of(e), { leftAt: time, leftBy: e.outcome })];
const dequeued: Projection<TaskDequeued> = (e, { time }) => [put('attempt', of(e), { leftAt: time, leftBy: 'dequeued' })];

const starting: Projection<AttemptStarting> = (e, { time }) => [put('attempt', of(e), { status: 'starting', orderedAt: time })];
const started: Projection<AttemptStarted> = (e) => [put('attempt', of(e), { status: 'running', startedAt: e.startedAt })];

type Ended = Fence & { startedAt?: number | undefined; endedAt: number };
const ended = (e: Ended, status: string) => ({ status, endedAt: e.endedAt, ...(e.startedAt !== undefined && { startedAt: e.startedAt }) });

const succeeded: Projection<AttemptSucceeded> = (e) => [put('attempt', of(e), { ...ended(e, 'succeeded'), ...(e.files && { files: e.files }) })];
const failed: Projection<AttemptFailed> = (e) => [put('attempt', of(e), { ...ended(e, 'failed'), failure: e.failure })];
const cancelled: Projection<AttemptCancelled> = (e) => [put('attempt', of(e), { ...ended(e, 'cancelled'), reason: e.reason })];
const lost: Projection<AttemptLost> = (e) => [put('attempt', of(e), { ...ended(e, 'lost'), reason: e.reason })];

const logStored: Projection<LogStored> = (e, { time }) => [put('logChunk', { ...of(e), chunk: e.chunk }, { hash: e.hash, size: e.size, storedAt: time })];

export const attempts: Projections = {
  TaskQueued: queued, TaskPlaced: placed, TaskReleased: released, TaskDequeued: dequeued, AttemptStarting: starting, AttemptStarted: started,
  AttemptSucceeded: succeeded, AttemptFailed: failed, AttemptCancelled: cancelled, AttemptLost: lost, LogStored: logStored,
};
