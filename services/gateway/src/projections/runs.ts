import type { RunAdmitted, RunCancelled, RunFailed, RunStarted, RunSucceeded } from '@novacron/contracts';
import type { Projection, Projections } from './project.ts';
import { put } from './tables.ts';

/**
 * A run is admitted in its workflow's partition and lives in its own, and two partitions have no order among each other either: what
 * admission sets and what the run's life sets are told apart by column, and `status` is null until the run started.
 */
const admitted: Projection<RunAdmitted> = ({ run, workspace, workflow, version, params, cause, priority }, { time }) => [
  put('run', { id: run }, { workspace, workflow, version, params, cause, priority, createdAt: time }),
];

const started: Projection<RunStarted> = ({ run, retryOf }, { time }) => [put('run', { id: run }, { status: 'running', startedAt: time, retryOf })];

const succeeded: Projection<RunSucceeded> = ({ run, outputs }, { time }) => [put('run', { id: run }, { status: 'succeeded', endedAt: time, outputs })];

const failed: Projection<RunFailed> = ({ run, reason, failedTask, timedOut }, { time }) => [
  put('run', { id: run }, { status: timedOut ? 'timed out' : 'failed', endedAt: time, reason, failedTask }),
];

const cancelled: Projection<RunCancelled> = ({ run, reason }, { time }) => [put('run', { id: run }, { status: 'cancelled', endedAt: time, reason })];

export const runs: Projections = { RunAdmitted: admitted, RunStarted: started, RunSucceeded: succeeded, RunFailed: failed, RunCancelled: cancelled };
