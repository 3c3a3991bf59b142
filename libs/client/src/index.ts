export { createClient, type Client, type ClientOptions, type DestinationSpec, type ModelVersionSpec, type MutationOptions, type Page, type Paging, type TriggerSpec } from './client.ts';
export { ApiError, OutcomePending, PastIsOver, Unreachable, type ApiDiagnostic } from './errors.ts';
export type { ApiEvent, LogOptions } from './streams.ts';
export * from './views.ts';
