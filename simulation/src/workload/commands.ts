import type { Role, TriggerDefinition, WorkflowDefinition } from '@novacron/contracts';
import { sha256, type Json, type Message } from '@novacron/kernel';

/** A mutation as the gateway's routes wish it (services/gateway/src/http/routes). */
export interface Wish {
  readonly operation: string;
  readonly needs: Role;
  readonly workspace: string;
  readonly event: Message;
}

const wish = (operation: string, needs: Role, workspace: string, event: Message): Wish => ({ operation, needs, workspace, event });
const json = (value: object): Json => value as Json;
const SYSTEM = 'system';

export const createWorkspace = (workspace: string): Wish => wish('createWorkspace', 'admin', workspace, { type: 'WorkspaceCreated', title: workspace });
export const createKey = (workspace: string, name: string, role: Role, secret: string, expiresAt?: number): Wish =>
  wish('createKey', 'admin', workspace, { type: 'KeyCreated', name, role, hash: sha256(secret), prefix: name.slice(0, 4), ...(expiresAt !== undefined && { expiresAt }) });
export const revokeKey = (workspace: string, key: string): Wish => wish('revokeKey', 'admin', workspace, { type: 'KeyRevoked', key });
export const createNodeToken = (credential: string, pool: string): Wish => wish('createNodeToken', 'admin', SYSTEM, { type: 'NodeCredentialCreated', credential, pool });

export const applyWorkflow = (workspace: string, definition: WorkflowDefinition): Wish =>
  wish('applyWorkflow', 'author', workspace, { type: 'WorkflowApplyRequested', workflow: definition.name, definition: json(definition), source: sha256(definition.name) });
export const startRun = (workspace: string, workflow: string, params: Readonly<Record<string, Json>>, priority?: number): Wish =>
  wish('startRun', 'operator', workspace, { type: 'RunRequested', workflow, params, ...(priority !== undefined && { priority }) });
export const cancelRun = (workspace: string, workflow: string, run: string): Wish => wish('cancelRun', 'operator', workspace, { type: 'RunCancelRequested', workflow, run, reason: 'enough' });
export const retryRun = (workspace: string, workflow: string, run: string): Wish => wish('retryRun', 'operator', workspace, { type: 'RunRetryRequested', workflow, run });

export interface Version {
  readonly version: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly schema?: { readonly input: Readonly<Record<string, string>>; readonly output: Readonly<Record<string, string>> };
}
export const publishVersion = (workspace: string, model: string, { version, metrics, schema }: Version): Wish =>
  wish('publishModelVersion', 'author', workspace, { type: 'ModelPublishRequested', model, version, metrics, lineage: {}, ...(schema && { schema }) });
export const setAlias = (workspace: string, model: string, alias: string, version: string, expected?: string | null): Wish =>
  wish('setModelAlias', 'author', workspace, { type: 'ModelAliasRequested', model, alias, version, ...(expected !== undefined && { expected }) });
export const grantModel = (workspace: string, model: string, grantee: string): Wish => wish('grantModel', 'admin', workspace, { type: 'ModelGrantRequested', model, grantee });
export const revokeGrant = (workspace: string, model: string, grantee: string): Wish => wish('revokeModelGrant', 'admin', workspace, { type: 'ModelGrantRevokeRequested', model, grantee });

export const applyTrigger = (workspace: string, workflow: string, trigger: TriggerDefinition): Wish => wish('applyTrigger', 'author', workspace, { type: 'TriggerApplyRequested', workflow, trigger: json(trigger) });
export const removeTrigger = (workspace: string, workflow: string, name: string): Wish => wish('removeTrigger', 'author', workspace, { type: 'TriggerRemoveRequested', workflow, trigger: `${workflow}/${name}` });

export const addDestination = (workspace: string, destination: string, kind: 'slack' | 'webhook', sealed: string, events: readonly string[]): Wish =>
  wish('addDestination', 'author', workspace, { type: 'DestinationAddRequested', destination, kind, sealed, shown: 'https://…', events });
export const removeDestination = (workspace: string, destination: string): Wish => wish('removeDestination', 'author', workspace, { type: 'DestinationRemoveRequested', destination });
export const testDestination = (workspace: string, destination: string): Wish => wish('testDestination', 'author', workspace, { type: 'DestinationTestRequested', destination });

export const setPool = (pool: string): Wish => wish('setPool', 'admin', SYSTEM, { type: 'PoolSetRequested', pool, title: pool });
export interface Limit {
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly gpu: number | null;
}
export const setQuota = (pool: string, grantee: string, limit: Limit): Wish => wish('setQuota', 'admin', SYSTEM, { type: 'QuotaSetRequested', pool, grantee, limit: json(limit) });
export const drainNode = (pool: string, node: string): Wish => wish('drainNode', 'admin', SYSTEM, { type: 'NodeDrainRequested', pool, node });
export const resumeNode = (pool: string, node: string): Wish => wish('resumeNode', 'admin', SYSTEM, { type: 'NodeResumeRequested', pool, node });

export const bootstrap = (secret: string): Message => ({ type: 'Bootstrap', hash: sha256(secret), prefix: 'root' });
export const directory = (): Message => ({ type: 'DirectoryRequested' });
export const lookup = (workspace: string, command: string): Message => ({ type: 'CommandLookup', workspace, command });
