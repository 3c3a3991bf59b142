import type { Json, Message } from '@novacron/kernel';
import type { Outcome, Problem } from './messages.ts';

/** What the caller is told of a fact: the status, and the fields of the event that make the body. */
const told: Readonly<Record<string, { readonly status: number; readonly fields: readonly string[]; readonly more?: Readonly<Record<string, Json>> }>> = {
  WorkflowApplied: { status: 200, fields: ['workflow', 'version'] },
  RunAdmitted: { status: 201, fields: ['run', 'workflow', 'version'], more: { status: 'queued' } },
  RunStarted: { status: 201, fields: ['run', 'workflow', 'version', 'retryOf'], more: { status: 'running' } },
  RunSkipped: { status: 200, fields: ['workflow', 'reason'], more: { status: 'skipped' } },
  RunCommandAnswered: { status: 200, fields: ['run', 'workflow', 'status'] },
  TriggerApplied: { status: 200, fields: ['trigger', 'workflow', 'definition'] },
  TriggerRemoved: { status: 200, fields: ['trigger', 'workflow'] },
  PoolSet: { status: 200, fields: ['pool', 'title'] },
  QuotaSet: { status: 200, fields: ['pool', 'grantee', 'limit'] },
  NodeDraining: { status: 200, fields: ['pool', 'node'], more: { state: 'draining' } },
  NodeResumed: { status: 200, fields: ['pool', 'node'], more: { state: 'ready' } },
  ModelVersionPublished: { status: 201, fields: ['model', 'version'] },
  ModelAliasSet: { status: 200, fields: ['model', 'alias', 'version', 'previous'] },
  ModelGranted: { status: 201, fields: ['model', 'grantee'] },
  ModelGrantRevoked: { status: 200, fields: ['model', 'grantee'] },
  DestinationAdded: { status: 201, fields: ['destination', 'kind', 'shown', 'events'] },
  DestinationRemoved: { status: 200, fields: ['destination'] },
  DeliveryRequested: { status: 200, fields: ['destination', 'delivery'] },
};

const REFUSALS = [
  'WorkflowRefused', 'RunRefused', 'RunCommandRefused', 'TriggerRefused', 'PoolCommandRefused', 'NodeCommandRefused',
  'ModelVersionRefused', 'ModelCommandRefused', 'DestinationRefused',
];

/** Message types of other services that may settle a command. */
export const settlingTypes: readonly string[] = [...Object.keys(told), ...REFUSALS];

/** What the answer of another service means to who asked. */
export function outcomeOf(event: Message): Outcome {
  const problem = event.problem as Problem | undefined;
  if (problem) return refused(event.type, problem);
  const { status, fields, more } = told[event.type]!;
  const body: Record<string, Json> = { ...more };
  for (const field of fields) if (event[field] !== undefined) body[field] = event[field]!;
  return { status, type: event.type, body };
}

export const refused = (type: string, problem: Problem): Outcome => ({ status: problem.status, type, body: problem });
