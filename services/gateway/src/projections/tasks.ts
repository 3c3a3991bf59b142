import type {
  ModelPinned, RunStarted, TaskCancelled, TaskFailed, TaskReady, TaskRetryScheduled, TasksExpanded, TaskSkipped, TaskSucceeded, TaskWaiting,
} from '@novacron/contracts';
import type { Projection, Projections } from './project.ts';
import { put } from './tables.ts';

/** Instances of a forEach come after the tasks that the definition names. */
const AFTER_ALL = 1_000_000;

/** What is known of an instance of a forEach by its name `task[i]`. */
function instanceOf(task: string): { ordinal: number; parent: string; index: number } | undefined {
  const parts = /^(.+)\[(\d+)\]$/.exec(task);
  return parts ? { ordinal: AFTER_ALL, parent: parts[1]!, index: Number(parts[2]) } : undefined;
}

const declared: Projection<RunStarted> = ({ run, definition }) => definition.tasks.map(({ name, title, kind, needs }, ordinal) =>
  put('task', { run, name }, { ordinal, index: 0, status: 'pending', kind, needs, ...(title !== undefined && { title }) }));

const expanded: Projection<TasksExpanded> = ({ run, task, count }) => [put('task', { run, name: task }, { count })];

const ready: Projection<TaskReady> = ({ run, task, attempt, work, title }, { time }) => {
  const set = { status: 'ready', attempt, readyAt: time };
  const instance = attempt === 1 ? instanceOf(task) : undefined;
  return [put('task', { run, name: task }, instance ? { ...set, ...instance, kind: work.kind, ...(title !== undefined && { title }) } : set)];
};

const waiting: Projection<TaskWaiting> = ({ run, task, on, detail }) => [put('task', { run, name: task }, { status: 'waiting', waitingOn: on, waitingFor: detail })];

const succeeded: Projection<TaskSucceeded> = ({ run, task, attempt, outputs }, { time }) => [
  // Attempt 0 was taken over from the run that is retried: this is the first that is heard of such an instance.
  put('task', { run, name: task }, { status: 'succeeded', attempt, endedAt: time, outputs, ...(attempt === 0 && instanceOf(task)) }),
];

const failed: Projection<TaskFailed> = ({ run, task, attempt, failure }, { time }) => [
  put('task', { run, name: task }, { status: 'failed', attempt, endedAt: time, failure }),
];

const retrying: Projection<TaskRetryScheduled> = ({ run, task, attempt, at, failure }) => [
  put('task', { run, name: task }, { status: 'retrying', attempt, retryAt: at, failure }),
];

const skipped: Projection<TaskSkipped> = ({ run, task, reason }, { time }) => [put('task', { run, name: task }, { status: 'skipped', endedAt: time, reason })];

const cancelled: Projection<TaskCancelled> = ({ run, task, reason }, { time }) => [put('task', { run, name: task }, { status: 'cancelled', endedAt: time, reason })];

const pinned: Projection<ModelPinned> = ({ run, task, as, model, version }, { time }) => [put('modelPin', { run, task, alias: as }, { model, version, pinnedAt: time })];

export const tasks: Projections = {
  RunStarted: declared, TasksExpanded: expanded, TaskReady: ready, TaskWaiting: waiting, TaskSucceeded: succeeded, TaskFailed: failed,
  TaskRetryScheduled: retrying, TaskSkipped: skipped, TaskCancelled: cancelled, ModelPinned: pinned,
};
