import type { Json } from '@novacron/kernel';

/** How a column is kept: `time` is ms since the epoch, kept like any `number`; `int` has 32 bits. */
export type ColumnType = 'text' | 'int' | 'number' | 'time' | 'boolean' | 'json';
type Value<T> = T extends 'text' ? string : T extends 'boolean' ? boolean : T extends 'json' ? Json : number;

export interface ProjectionTable {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, ColumnType>>;
}

type Named = Readonly<Record<string, ColumnType>>;
const projectionTable = <K extends Named, C extends Named>(name: string, key: K, columns: C) =>
  ({ name, key: Object.keys(key), columns: { ...key, ...columns } as K & C, keyColumns: key });

/**
 * The read side. Every column that is no key is written by the events of one service only: topics have no order among each other, so this
 * alone makes rows the same in whatever order they are read. `state` of a table is that of its writer; what a caller is shown may combine several.
 */
export const tables = {
  workspace: projectionTable('workspace', { id: 'text' }, { title: 'text', createdAt: 'time' }),
  apiKey: projectionTable('api_key', { id: 'text' }, {
    workspace: 'text', name: 'text', role: 'text', prefix: 'text', createdAt: 'time', createdBy: 'text', expiresAt: 'time', revokedAt: 'time',
  }),
  workflow: projectionTable('workflow', { workspace: 'text', name: 'text' }, { version: 'int', description: 'text', tasks: 'int', appliedAt: 'time' }),
  workflowVersion: projectionTable('workflow_version', { workspace: 'text', workflow: 'text', version: 'int' }, { definition: 'json', source: 'text', appliedAt: 'time' }),
  run: projectionTable('run', { id: 'text' }, {
    workspace: 'text', workflow: 'text', version: 'int', status: 'text', params: 'json', cause: 'json', priority: 'number', createdAt: 'time', startedAt: 'time', endedAt: 'time',
    reason: 'text', failedTask: 'text', outputs: 'json', retryOf: 'text',
  }),
  task: projectionTable('task', { run: 'text', name: 'text' }, {
    ordinal: 'int', parent: 'text', index: 'int', count: 'int', title: 'text', kind: 'text', needs: 'json', status: 'text', attempt: 'int', readyAt: 'time', endedAt: 'time',
    outputs: 'json', failure: 'json', reason: 'text', waitingOn: 'text', waitingFor: 'text', retryAt: 'time',
  }),
  attempt: projectionTable('attempt', { run: 'text', task: 'text', attempt: 'int' }, {
    // Of the scheduler.
    workspace: 'text', workflow: 'text', pool: 'text', priority: 'number', resources: 'json', queuedAt: 'time', queueReason: 'text', placedAt: 'time', node: 'text', gpus: 'json',
    policy: 'text', runnerUp: 'text', leftAt: 'time', leftBy: 'text',
    // Of the executor.
    status: 'text', orderedAt: 'time', startedAt: 'time', endedAt: 'time', failure: 'json', reason: 'text', files: 'json',
  }),
  logChunk: projectionTable('log_chunk', { run: 'text', task: 'text', attempt: 'int', chunk: 'int' }, { hash: 'text', size: 'int', storedAt: 'time' }),
  modelPin: projectionTable('model_pin', { run: 'text', task: 'text', alias: 'text' }, { model: 'text', version: 'text', pinnedAt: 'time' }),
  model: projectionTable('model', { name: 'text' }, { latest: 'text', publishedAt: 'time' }),
  modelVersion: projectionTable('model_version', { model: 'text', version: 'text' }, {
    metrics: 'json', schema: 'json', artifact: 'json', lineage: 'json', workspace: 'text', run: 'text', task: 'text', publishedAt: 'time',
  }),
  modelAlias: projectionTable('model_alias', { model: 'text', alias: 'text' }, { version: 'text', previous: 'text', setAt: 'time' }),
  modelGrant: projectionTable('model_grant', { model: 'text', grantee: 'text' }, { grantedAt: 'time' }),
  node: projectionTable('node', { pool: 'text', name: 'text' }, { state: 'text', capacity: 'json', boot: 'text', changedAt: 'time', reason: 'text' }),
  pool: projectionTable('pool', { name: 'text' }, { title: 'text', setAt: 'time' }),
  quota: projectionTable('quota', { pool: 'text', grantee: 'text' }, { limit: 'json', setAt: 'time' }),
  trigger: projectionTable('trigger', { workspace: 'text', id: 'text' }, {
    workflow: 'text', definition: 'json', declared: 'boolean', appliedAt: 'time', firedAt: 'time', occasion: 'text', conflictAt: 'time', conflict: 'text',
  }),
  destination: projectionTable('destination', { workspace: 'text', name: 'text' }, { kind: 'text', shown: 'text', events: 'json', addedAt: 'time' }),
  delivery: projectionTable('delivery', { id: 'text' }, {
    workspace: 'text', destination: 'text', event: 'text', subject: 'text', text: 'text', status: 'text', tries: 'int', requestedAt: 'time', nextAt: 'time', endedAt: 'time', error: 'text',
  }),
  /** By command. */
  audit: projectionTable('audit', { id: 'text' }, {
    workspace: 'text', at: 'time', actor: 'json', actorKey: 'text', operation: 'text', detail: 'json', outcome: 'json', settledAt: 'time',
  }),
} as const;

export type TableName = keyof typeof tables;
/** A row as reads see it: what no event has set yet is null. */
export type Row<N extends TableName> = { readonly [C in keyof (typeof tables)[N]['keyColumns']]: Value<(typeof tables)[N]['keyColumns'][C]> } & {
  readonly [C in Exclude<keyof (typeof tables)[N]['columns'], keyof (typeof tables)[N]['keyColumns']>]: Value<(typeof tables)[N]['columns'][C]> | null;
};
type Key<N extends TableName> = { readonly [C in keyof (typeof tables)[N]['keyColumns']]: Value<(typeof tables)[N]['keyColumns'][C]> };

/** What one event does to one row: sets some of its columns, the row being made where it is not there, or deletes it. */
export interface RowChange {
  readonly table: TableName;
  readonly key: Readonly<Record<string, string | number>>;
  readonly set?: Readonly<Record<string, Json | undefined>>;
}

export function put<N extends TableName>(table: N, key: Key<N>, set: { readonly [C in keyof Row<N>]?: Row<N>[C] | undefined }): RowChange {
  return { table, key: key as RowChange['key'], set: set as never };
}

export function remove<N extends TableName>(table: N, key: Key<N>): RowChange {
  return { table, key: key as RowChange['key'] };
}

/** `startedAt` is `started_at` in SQL. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
