import type { FileRef, ModelVersion, Role, TriggerDefinition } from '@novacron/contracts';
import { realPorts, type Json, type Ports } from '@novacron/kernel';
import { followEvents, followLog, readLines, readLog, type ApiEvent, type LogOptions } from './streams.ts';
import { Transport, type Ask, type Query } from './transport.ts';
import type {
  AppliedWorkflow, AuditView, CommitView, CreatedKey, DeliveryView, DestinationView, KeyView, Limit, ModelDetail, ModelView, NodeView, PartitionCountView, PartitionView, PoolView, QueueView, QuotaView, RecordView, RunDetail, RunView,
  SignedHeadView, SkippedRun, StartedRun, TaskDetail, TaskView, TraceView, TriggerView, WhyView, WorkflowDetail, WorkflowView, WorkspaceView,
} from './views.ts';

export interface ClientOptions {
  /** Of the server, e.g. `http://127.0.0.1:7411`. */
  readonly url: string;
  /** API key. */
  readonly key: string;
  readonly fetch?: typeof fetch;
  readonly ports?: Ports;
  /** How long a request is repeated while nobody answers or the server says "not now"; ms, default 60,000. */
  readonly patience?: number;
  /** A moment of the past, as `at` of the API: every read is of it, and nothing can be changed. */
  readonly at?: string;
}

/** Of every mutation: the key under which it may be repeated, by another process too. */
export interface MutationOptions { readonly idempotencyKey?: string }
export interface Page<T> { readonly items: readonly T[]; readonly next?: string }
export interface Paging { readonly limit?: number; readonly cursor?: string }
type Values = Readonly<Record<string, Json>>;

export type DestinationSpec = { readonly name: string; readonly url: string; readonly events: readonly string[] } & ({ readonly kind: 'slack' } | { readonly kind: 'webhook'; readonly secret?: string });
export type TriggerSpec = Omit<TriggerDefinition, 'name' | 'params' | 'every'> & { readonly params?: TriggerDefinition['params']; readonly every?: number | string };
export interface ModelVersionSpec { readonly version: string; readonly metrics?: Readonly<Record<string, number>>; readonly schema?: ModelVersion['schema']; readonly artifact?: FileRef; readonly lineage?: Values }

export type Client = ReturnType<typeof createClient>;

/**
 * The HTTP API with types. Mutations carry an Idempotency-Key, so every request may be repeated and is, while the server is away; reads see the
 * client's own writes. Rejects with `ApiError`, `Unreachable` or `OutcomePending`.
 */
export function createClient(options: ClientOptions) {
  const transport = new Transport({ fetch: (...args) => fetch(...args), ports: realPorts(), patience: 60_000, ...options });
  const get = <T>(path: string, query?: Query) => transport.json<T>({ method: 'GET', path, ...(query && { query }) });
  const items = async <T>(path: string, query?: Query) => (await get<Page<T>>(path, query)).items;
  const ask = <T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body: unknown, { idempotencyKey }: MutationOptions = {}) =>
    transport.json<T>({ method, path, idempotencyKey, ...(body !== undefined && { body }) } satisfies Ask);
  const post = <T = Values>(path: string, body?: unknown, opts?: MutationOptions) => ask<T>('POST', path, body, opts);
  const put = <T = Values>(path: string, body: unknown, opts?: MutationOptions) => ask<T>('PUT', path, body, opts);
  const remove = <T = Values>(path: string, opts?: MutationOptions) => ask<T>('DELETE', path, undefined, opts);
  const run = (ws: string, id: string) => to(ws, 'runs', id);

  return {
    url: transport.url,
    workspaces: {
      list: () => items<WorkspaceView>('/workspaces'),
      create: (body: { name: string; title?: string }, opts?: MutationOptions) => post('/workspaces', body, opts),
    },
    keys: {
      list: (ws: string, paging: Paging = {}) => get<Page<KeyView>>(to(ws, 'keys'), { ...paging }),
      create: (ws: string, body: { name: string; role: Role; expiresInDays?: number }, opts?: MutationOptions) => post<CreatedKey>(to(ws, 'keys'), body, opts),
      revoke: (ws: string, key: string, opts?: MutationOptions) => remove(to(ws, 'keys', key), opts),
    },
    workflows: {
      list: (ws: string, paging: Paging = {}) => get<Page<WorkflowView>>(to(ws, 'workflows'), { ...paging }),
      get: (ws: string, workflow: string, version?: number) => get<WorkflowDetail>(to(ws, 'workflows', workflow), { version }),
      /** Stores a workflow's folder (tar.gz); the hash is what `apply` takes as `bundle`. */
      upload: (ws: string, bundle: Uint8Array) => transport.json<{ hash: string; size: number }>({ method: 'PUT', path: to(ws, 'bundles'), bytes: bundle }),
      apply: (ws: string, body: { yaml: string; components?: string; bundle?: string }, opts?: MutationOptions) => post<AppliedWorkflow>(to(ws, 'workflows'), body, opts),
    },
    runs: {
      start: (ws: string, workflow: string, body: { params?: Values; priority?: number } = {}, opts?: MutationOptions) => post<StartedRun | SkippedRun>(to(ws, 'workflows', workflow, 'runs'), body, opts),
      list: (ws: string, query: Paging & { workflow?: string; status?: string } = {}) => get<Page<RunView>>(to(ws, 'runs'), { ...query }),
      get: (ws: string, id: string) => get<RunDetail>(run(ws, id)),
      tasks: (ws: string, id: string, paging: Paging = {}) => get<Page<TaskView>>(to(ws, 'runs', id, 'tasks'), { ...paging }),
      task: (ws: string, id: string, task: string) => get<TaskDetail>(to(ws, 'runs', id, 'tasks', task)),
      cancel: (ws: string, workflow: string, id: string, body: { reason?: string } = {}, opts?: MutationOptions) => post(to(ws, 'workflows', workflow, 'runs', id, 'cancel'), body, opts),
      retry: (ws: string, workflow: string, id: string, opts?: MutationOptions) => post<StartedRun>(to(ws, 'workflows', workflow, 'runs', id, 'retry'), undefined, opts),
      why: (ws: string, id: string, task: string) => get<WhyView>(to(ws, 'runs', id, 'tasks', task, 'why')),
      trace: (ws: string, id: string) => get<TraceView>(to(ws, 'runs', id, 'trace')),
    },
    models: {
      list: (ws: string) => items<ModelView>(to(ws, 'models')),
      /** `owner`: the workspace that granted the model, where it is not `ws` itself. */
      get: (ws: string, model: string, owner?: string) => get<ModelDetail>(to(ws, 'models', model), { owner }),
      publish: (ws: string, model: string, body: ModelVersionSpec, opts?: MutationOptions) => post(to(ws, 'models', model, 'versions'), body, opts),
      alias: (ws: string, model: string, alias: string, body: { version: string; expected?: string | null }, opts?: MutationOptions) => put(to(ws, 'models', model, 'aliases', alias), body, opts),
      grant: (ws: string, model: string, grantee: string, opts?: MutationOptions) => post(to(ws, 'models', model, 'grants'), { grantee }, opts),
      revoke: (ws: string, model: string, grantee: string, opts?: MutationOptions) => remove(to(ws, 'models', model, 'grants', grantee), opts),
    },
    triggers: {
      list: (ws: string, paging: Paging = {}) => get<Page<TriggerView>>(to(ws, 'triggers'), { ...paging }),
      apply: (ws: string, workflow: string, trigger: string, body: TriggerSpec, opts?: MutationOptions) => put(to(ws, 'workflows', workflow, 'triggers', trigger), body, opts),
      remove: (ws: string, workflow: string, trigger: string, opts?: MutationOptions) => remove(to(ws, 'workflows', workflow, 'triggers', trigger), opts),
    },
    destinations: {
      list: (ws: string) => items<DestinationView>(to(ws, 'destinations')),
      /** `secret` in the answer is a signing key that the server made: shown once. */
      add: (ws: string, body: DestinationSpec, opts?: MutationOptions) => post<{ destination: string; kind: string; shown: string; secret?: string }>(to(ws, 'destinations'), body, opts),
      remove: (ws: string, destination: string, opts?: MutationOptions) => remove(to(ws, 'destinations', destination), opts),
      test: (ws: string, destination: string, opts?: MutationOptions) => post<{ destination: string; delivery: string }>(to(ws, 'destinations', destination, 'test'), undefined, opts),
      deliveries: (ws: string, query: Paging & { destination?: string; status?: string } = {}) => get<Page<DeliveryView>>(to(ws, 'notifications'), { ...query }),
    },
    pools: {
      list: () => items<PoolView>('/pools'),
      set: (pool: string, title: string, opts?: MutationOptions) => put(to('pools', pool), { title }, opts),
      queue: (pool: string) => get<QueueView>(to('pools', pool, 'queue')),
      setQuota: (pool: string, grantee: string, limit: Limit, opts?: MutationOptions) => put(to('pools', pool, 'quotas', grantee), limit, opts),
      quotas: () => items<QuotaView>('/quotas'),
    },
    nodes: {
      list: (pool?: string) => items<NodeView>('/nodes', { pool }),
      token: (pool: string, opts?: MutationOptions) => post<{ credential: string; pool: string; token?: string }>('/nodes/tokens', { pool }, opts),
      drain: (pool: string, node: string, opts?: MutationOptions) => post(to('nodes', pool, node, 'drain'), undefined, opts),
      resume: (pool: string, node: string, opts?: MutationOptions) => post(to('nodes', pool, node, 'resume'), undefined, opts),
    },
    audit: (ws: string, query: Paging & { operation?: string; actor?: string; since?: string; until?: string } = {}) => get<Page<AuditView>>(to(ws, 'audit'), { ...query }),
    /** The log itself, for admins of the installation. */
    log: {
      partitions: (service?: string) => items<PartitionView>('/log/partitions', { service }),
      count: (service: string, partition: number) => get<PartitionCountView>(to('log', 'partitions', service, String(partition))),
      records: (service: string, partition: number, query: { from?: number; to?: number; limit?: number } = {}) => get<{ items: readonly RecordView[]; next?: number }>(to('log', 'partitions', service, String(partition), 'records'), { ...query }),
      causes: (position: string) => items<RecordView>(to('log', 'causes', position)),
      /** Commits as they come, causes before effects; ends at the present unless `follow`. */
      commits: ({ signal, follow, ...query }: { service?: string; run?: string; workflow?: string; workspace?: string; since?: string; follow?: boolean; signal?: AbortSignal } = {}): AsyncGenerator<CommitView> =>
        readLines<CommitView>(transport, '/log/commits', { ...query, ...(follow && { follow: 'true' }) }, signal),
    },
    /** Signed heads of the log. */
    heads: {
      newest: () => get<{ publicKey: string; items: readonly SignedHeadView[] }>('/log/heads'),
      list: (service: string, partition: number, from: number) => items<SignedHeadView>(to('log', 'heads', service, String(partition)), { from }),
    },
    /**
     * What happens in a workspace, from now or behind the event `from`; resumes by itself, ends when the signal aborts. `open` comes with each
     * connection, `reset` when events were missed: what is shown must then be read anew.
     */
    events: (ws: string, { from, run: id, types, signal }: { from?: string; run?: string; types?: readonly string[]; signal?: AbortSignal } = {}): AsyncGenerator<ApiEvent> =>
      followEvents(transport, { path: to(ws, 'events'), query: { run: id, types: types?.join(',') }, from, signal }),
    /** What one attempt (default: the last) of a task wrote, piece by piece; with `follow` until the attempt has ended. */
    logs: (ws: string, id: string, task: string, { follow, ...options }: LogOptions & { follow?: boolean } = {}): AsyncGenerator<string> => {
      const path = to(ws, 'runs', id, 'tasks', task);
      return follow ? followLog(transport, path, options) : readLog(transport, path, options);
    },
  };
}

const to = (...segments: string[]): string => segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
