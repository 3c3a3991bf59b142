import { z } from 'zod';
import { actor, json, modelName, modelVersion, name, problem, record, sha256, time } from '../fields.ts';
import { message, type Of } from '../message.ts';
import type { TriggerDefinition, WorkflowDefinition } from '../definition.ts';

const definition = z.custom<WorkflowDefinition>((value) => typeof value === 'object' && value !== null);
const triggerDefinition = z.custom<TriggerDefinition>((value) => typeof value === 'object' && value !== null);
export const role = z.enum(['viewer', 'operator', 'author', 'admin']);
export type Role = z.infer<typeof role>;

/** Of every command: its id, who asked, in which workspace. */
const asked = { command: z.string(), workspace: z.string(), actor };
const ofWorkflow = (e: { workspace: string; workflow: string }) => [{ service: 'resolver', key: `${e.workspace}/${e.workflow}` }];
const ofModel = (e: { model: string }) => [{ service: 'registry', key: e.model }];
const ofWorkspace = (service: string) => (e: { workspace: string }) => [{ service, key: e.workspace }];
const ofPool = (service: string) => (e: { pool: string }) => [{ service, key: e.pool }];

export const WorkspaceCreated = message('WorkspaceCreated', { ...asked, title: z.string() }, { said: 'gateway', summary: 'A team and its walls exist.' });
export const KeyCreated = message('KeyCreated', { ...asked, key: z.string(), name: z.string(), role, hash: sha256, prefix: z.string(), expiresAt: time.optional() }, { said: 'gateway', summary: 'An API key exists; only its hash is kept.' });
export const KeyRevoked = message('KeyRevoked', { ...asked, key: z.string() }, { said: 'gateway', summary: 'An API key is no longer accepted.' });
export const NodeCredentialCreated = message('NodeCredentialCreated', { ...asked, credential: z.string(), pool: name }, { said: 'gateway', summary: 'A node of that pool may register with this credential.' });
export const CommandRefused = message('CommandRefused', { ...asked, operation: z.string(), problem }, { said: 'gateway', summary: 'A known caller asked for what it may not, or for what does not exist.' });
export const CommandSettled = message('CommandSettled', { command: z.string(), workspace: z.string(), outcome: json }, { said: 'gateway', summary: 'The owner of the thing has answered the command.' });

export const WorkflowApplyRequested = message('WorkflowApplyRequested', { ...asked, workflow: name, definition, source: sha256 }, { said: 'gateway', to: ofWorkflow, summary: 'Store this definition as the next version; `source` is the hash of its YAML among the artifacts.' });
export const RunRequested = message('RunRequested', { ...asked, workflow: name, params: record, priority: z.number().optional() }, { said: 'gateway', to: ofWorkflow, summary: 'Start a run.' });
export const RunCancelRequested = message('RunCancelRequested', { ...asked, workflow: name, run: z.string(), reason: z.string() }, { said: 'gateway', to: ofWorkflow, summary: 'Cancel a run: a wish.' });
export const RunRetryRequested = message('RunRetryRequested', { ...asked, workflow: name, run: z.string() }, { said: 'gateway', to: ofWorkflow, summary: 'Run the failed part of a finished run again.' });

export const ModelPublishRequested = message('ModelPublishRequested', { ...asked, ...modelVersion.shape }, { said: 'gateway', to: ofModel, summary: 'Publish a version by hand.' });
export const ModelAliasRequested = message('ModelAliasRequested', { ...asked, model: modelName, alias: name, version: z.string(), expected: z.string().nullable().optional() }, { said: 'gateway', to: ofModel, summary: 'Point an alias at a version, if it still points where expected.' });
export const ModelGrantRequested = message('ModelGrantRequested', { ...asked, model: modelName, grantee: name }, { said: 'gateway', to: ofModel, summary: 'Let another workspace use the model.' });
export const ModelGrantRevokeRequested = message('ModelGrantRevokeRequested', { ...asked, model: modelName, grantee: name }, { said: 'gateway', to: ofModel, summary: 'Take the grant back.' });

export const TriggerApplyRequested = message('TriggerApplyRequested', { ...asked, workflow: name, trigger: triggerDefinition }, { said: 'gateway', to: ofWorkspace('triggers'), summary: 'Create or replace a trigger apart from its workflow.' });
export const TriggerRemoveRequested = message('TriggerRemoveRequested', { ...asked, workflow: name, trigger: z.string() }, { said: 'gateway', to: ofWorkspace('triggers'), summary: 'Remove a trigger.' });

export const DestinationAddRequested = message('DestinationAddRequested', { ...asked, destination: name, kind: z.enum(['slack', 'webhook']), sealed: z.string(), shown: z.string(), events: z.array(z.string()) }, { said: 'gateway', to: ofWorkspace('notifier'), summary: 'Tell this destination of these events; URL and key travel sealed.' });
export const DestinationRemoveRequested = message('DestinationRemoveRequested', { ...asked, destination: name }, { said: 'gateway', to: ofWorkspace('notifier'), summary: 'Stop telling a destination.' });
export const DestinationTestRequested = message('DestinationTestRequested', { ...asked, destination: name }, { said: 'gateway', to: ofWorkspace('notifier'), summary: 'Send a test message.' });

export const PoolSetRequested = message('PoolSetRequested', { ...asked, pool: name, title: z.string() }, { said: 'gateway', to: ofPool('scheduler'), summary: 'Create or change a pool.' });
export const QuotaSetRequested = message('QuotaSetRequested', { ...asked, pool: name, grantee: name, limit: z.object({ cpu: z.number().nullable(), memory: z.number().nullable(), gpu: z.number().nullable() }) }, { said: 'gateway', to: ofPool('scheduler'), summary: 'Bound what a workspace may hold of a pool; null is unbounded.' });
export const NodeDrainRequested = message('NodeDrainRequested', { ...asked, pool: name, node: z.string() }, { said: 'gateway', to: ofPool('fleet'), summary: 'Place nothing new on a node.' });
export const NodeResumeRequested = message('NodeResumeRequested', { ...asked, pool: name, node: z.string() }, { said: 'gateway', to: ofPool('fleet'), summary: 'Place on the node again.' });

export type WorkspaceCreated = Of<typeof WorkspaceCreated>;
export type KeyCreated = Of<typeof KeyCreated>;
export type KeyRevoked = Of<typeof KeyRevoked>;
export type NodeCredentialCreated = Of<typeof NodeCredentialCreated>;
export type CommandRefused = Of<typeof CommandRefused>;
export type CommandSettled = Of<typeof CommandSettled>;
export type WorkflowApplyRequested = Of<typeof WorkflowApplyRequested>;
export type RunRequested = Of<typeof RunRequested>;
export type RunCancelRequested = Of<typeof RunCancelRequested>;
export type RunRetryRequested = Of<typeof RunRetryRequested>;
export type ModelPublishRequested = Of<typeof ModelPublishRequested>;
export type ModelAliasRequested = Of<typeof ModelAliasRequested>;
export type ModelGrantRequested = Of<typeof ModelGrantRequested>;
export type ModelGrantRevokeRequested = Of<typeof ModelGrantRevokeRequested>;
export type TriggerApplyRequested = Of<typeof TriggerApplyRequested>;
export type TriggerRemoveRequested = Of<typeof TriggerRemoveRequested>;
export type DestinationAddRequested = Of<typeof DestinationAddRequested>;
export type DestinationRemoveRequested = Of<typeof DestinationRemoveRequested>;
export type DestinationTestRequested = Of<typeof DestinationTestRequested>;
export type PoolSetRequested = Of<typeof PoolSetRequested>;
export type QuotaSetRequested = Of<typeof QuotaSetRequested>;
export type NodeDrainRequested = Of<typeof NodeDrainRequested>;
export type NodeResumeRequested = Of<typeof NodeResumeRequested>;
