import { z } from 'zod';
import type { Address } from '@novacron/kernel';
import { attempt, command, compat, failure, json, modelName, modelVersion, problem, record, resources, time, work, sha256 } from '../fields.ts';
import { message, toAsker, type Of } from '../message.ts';
import type { TriggerDefinition, WorkflowDefinition } from '../definition.ts';

const definition = z.custom<WorkflowDefinition>((value) => typeof value === 'object' && value !== null);
const triggers = z.custom<readonly TriggerDefinition[]>((value) => Array.isArray(value));
const ofRun = { workspace: z.string(), workflow: z.string(), run: z.string() };
const ofTask = { ...ofRun, task: z.string() };

/** Why a run exists: who asked, or which trigger fired for what. */
export const cause = z.object({ kind: z.enum(['manual', 'cron', 'interval', 'file', 'model', 'retry']), by: z.string(), occasion: z.string().optional(), detail: record.optional() });
export type Cause = z.infer<typeof cause>;

/** What a retry need not run again: outputs of succeeded tasks by name. */
const completed = z.record(z.string(), record);

const runOwner = (e: { run: string }): Address => ({ service: 'resolver', key: e.run });
const workflowOwner = (e: { workspace: string; workflow: string }): Address => ({ service: 'resolver', key: `${e.workspace}/${e.workflow}` });
const notifier = (e: { workspace: string }): Address => ({ service: 'notifier', key: e.workspace });

export const WorkflowApplied = message('WorkflowApplied', { command, workspace: z.string(), workflow: z.string(), version: z.number(), definition, source: sha256 }, { said: 'resolver', to: toAsker, summary: 'The definition is the workflow\'s current version.' });
export const TriggersDeclared = message('TriggersDeclared', { workspace: z.string(), workflow: z.string(), version: z.number(), triggers }, { said: 'resolver', to: (e) => [{ service: 'triggers', key: e.workspace }], summary: 'These are all the triggers that the workflow declares.' });
export const WorkflowRefused = message('WorkflowRefused', { command, workspace: z.string(), workflow: z.string(), problem }, { said: 'resolver', to: toAsker, summary: 'The definition is not taken.' });

export const RunAdmitted = message('RunAdmitted', { command, ...ofRun, version: z.number(), definition, params: record, cause, priority: z.number(), queued: z.boolean(), retryOf: z.string().optional(), completed: completed.optional() }, { said: 'resolver', to: (e) => (e.queued ? toAsker(e) : [runOwner(e)]), summary: 'The workflow lets the run in; a queued one starts by RunReleased.' });
export const RunReleased = message('RunReleased', { command, ...ofRun, version: z.number(), definition, params: record, cause, priority: z.number(), retryOf: z.string().optional(), completed: completed.optional() }, { said: 'resolver', to: (e) => [runOwner(e)], summary: 'A run that queued behind the workflow\'s concurrency limit may start.' });
export const RunRefused = message('RunRefused', { command, workspace: z.string(), workflow: z.string(), problem, cause: cause.optional() }, { said: 'resolver', to: (e) => [...toAsker(e), ...(e.command ? [] : [notifier(e)])], summary: 'No run: unknown workflow, wrong parameters.' });
export const RunSkipped = message('RunSkipped', { command, workspace: z.string(), workflow: z.string(), reason: z.string(), cause }, { said: 'resolver', to: toAsker, summary: 'No run, by the workflow\'s concurrency policy.' });
export const RunCancelForwarded = message('RunCancelForwarded', { command, ...ofRun, reason: z.string(), by: z.string() }, { said: 'resolver', to: (e) => [runOwner(e)], summary: 'The workflow hands a cancel to its run.' });
export const RunRetryForwarded = message('RunRetryForwarded', { command, ...ofRun, by: z.string() }, { said: 'resolver', to: (e) => [runOwner(e)], summary: 'The workflow hands a retry to its run.' });
export const RunRetryPrepared = message('RunRetryPrepared', { command, ...ofRun, version: z.number(), definition, params: record, cause, priority: z.number(), completed }, { said: 'resolver', to: (e) => [workflowOwner(e)], summary: 'The finished run tells its workflow what a retry of it starts from; `run` is the finished one.' });
export const RunCommandAnswered = message('RunCommandAnswered', { command, ...ofRun, status: z.string() }, { said: 'resolver', to: toAsker, summary: 'A cancel or retry of the run was taken.' });
export const RunCommandRefused = message('RunCommandRefused', { command, workspace: z.string(), workflow: z.string(), run: z.string(), problem }, { said: 'resolver', to: toAsker, summary: 'A cancel or retry of the run changes nothing.' });

export const RunStarted = message('RunStarted', { command, ...ofRun, version: z.number(), definition, params: record, cause, priority: z.number(), retryOf: z.string().optional(), completed: completed.optional() }, { said: 'resolver', to: (e) => [...toAsker(e), ...(e.cause.kind === 'model' ? [notifier(e)] : [])], summary: 'The run exists and its first tasks are being readied.' });
export const RunContinued = message('RunContinued', { run: z.string(), from: z.string() }, { said: 'resolver', to: (e) => [runOwner(e)], summary: 'Continue: the answer was longer than one commit.' });
export const RunSucceeded = message('RunSucceeded', { ...ofRun, outputs: record, startedAt: time }, { said: 'resolver', to: (e) => [workflowOwner(e), notifier(e)], summary: 'Every task ended well or was skipped.' });
export const RunFailed = message('RunFailed', { ...ofRun, reason: z.string(), failedTask: z.string().optional(), startedAt: time, timedOut: z.boolean().optional() }, { said: 'resolver', to: (e) => [workflowOwner(e), notifier(e)], summary: 'A task failed for good, or the run\'s time is over.' });
export const RunCancelled = message('RunCancelled', { ...ofRun, reason: z.string(), startedAt: time }, { said: 'resolver', to: (e) => [workflowOwner(e), notifier(e)], summary: 'The run ended by a cancel.' });

export const TasksExpanded = message('TasksExpanded', { ...ofTask, count: z.number(), items: z.array(json).optional() }, { said: 'resolver', summary: 'A forEach became this many instances `task[i]`; items are absent where the index is the item.' });
export const TaskReady = message('TaskReady', { ...attempt, workflow: z.string(), pool: z.string(), priority: z.number(), resources, work, title: z.string().optional() }, { said: 'resolver', to: (e) => [{ service: 'scheduler', key: e.pool }], summary: 'An attempt may be placed.' });
export const TaskWaiting = message('TaskWaiting', { ...ofTask, on: z.enum(['model', 'publish']), detail: z.string() }, { said: 'resolver', summary: 'The task waits for a fact.' });
export const TaskSucceeded = message('TaskSucceeded', { ...ofTask, attempt: z.number(), outputs: record }, { said: 'resolver', summary: 'The task\'s one success.' });
export const TaskFailed = message('TaskFailed', { ...ofTask, attempt: z.number(), failure }, { said: 'resolver', summary: 'The task failed for good.' });
export const TaskRetryScheduled = message('TaskRetryScheduled', { ...ofTask, attempt: z.number(), at: time, failure }, { said: 'resolver', summary: 'Another attempt will be readied at that time.' });
export const TaskSkipped = message('TaskSkipped', { ...ofTask, reason: z.string() }, { said: 'resolver', summary: 'The task will not run in this run.' });
export const TaskCancelled = message('TaskCancelled', { ...ofTask, reason: z.string() }, { said: 'resolver', summary: 'The task ended by a cancel.' });
export const TaskCancelRequested = message('TaskCancelRequested', { ...attempt, pool: z.string(), reason: z.string() }, { said: 'resolver', to: (e) => [{ service: 'scheduler', key: e.pool }], summary: 'Dequeue the attempt, or pass the wish on to where it was placed.' });

export const ModelAwaited = message('ModelAwaited', { ...ofTask, wait: z.string(), model: modelName, range: z.string(), compat: compat.optional(), deadline: time.optional() }, { said: 'resolver', to: (e) => [{ service: 'registry', key: e.model }], summary: 'A task needs a version of the model in the range.' });
export const AwaitWithdrawn = message('AwaitWithdrawn', { ...ofTask, wait: z.string(), model: modelName }, { said: 'resolver', to: (e) => [{ service: 'registry', key: e.model }], summary: 'The task no longer waits.' });
export const ModelPinned = message('ModelPinned', { ...ofTask, as: z.string(), ...modelVersion.shape }, { said: 'resolver', summary: 'The run uses this version; its lineage says so.' });
export const ModelProduced = message('ModelProduced', { ...ofTask, attempt: z.number(), ...modelVersion.shape }, { said: 'resolver', to: (e) => [{ service: 'registry', key: e.model }], summary: 'A task\'s success carries a version to the registry, once per (run, task).' });

export type WorkflowApplied = Of<typeof WorkflowApplied>;
export type TriggersDeclared = Of<typeof TriggersDeclared>;
export type WorkflowRefused = Of<typeof WorkflowRefused>;
export type RunAdmitted = Of<typeof RunAdmitted>;
export type RunReleased = Of<typeof RunReleased>;
export type RunRefused = Of<typeof RunRefused>;
export type RunSkipped = Of<typeof RunSkipped>;
export type RunCancelForwarded = Of<typeof RunCancelForwarded>;
export type RunRetryForwarded = Of<typeof RunRetryForwarded>;
export type RunRetryPrepared = Of<typeof RunRetryPrepared>;
export type RunCommandAnswered = Of<typeof RunCommandAnswered>;
export type RunCommandRefused = Of<typeof RunCommandRefused>;
export type RunStarted = Of<typeof RunStarted>;
export type RunContinued = Of<typeof RunContinued>;
export type RunSucceeded = Of<typeof RunSucceeded>;
export type RunFailed = Of<typeof RunFailed>;
export type RunCancelled = Of<typeof RunCancelled>;
export type TasksExpanded = Of<typeof TasksExpanded>;
export type TaskReady = Of<typeof TaskReady>;
export type TaskWaiting = Of<typeof TaskWaiting>;
export type TaskSucceeded = Of<typeof TaskSucceeded>;
export type TaskFailed = Of<typeof TaskFailed>;
export type TaskRetryScheduled = Of<typeof TaskRetryScheduled>;
export type TaskSkipped = Of<typeof TaskSkipped>;
export type TaskCancelled = Of<typeof TaskCancelled>;
export type TaskCancelRequested = Of<typeof TaskCancelRequested>;
export type ModelAwaited = Of<typeof ModelAwaited>;
export type AwaitWithdrawn = Of<typeof AwaitWithdrawn>;
export type ModelPinned = Of<typeof ModelPinned>;
export type ModelProduced = Of<typeof ModelProduced>;
