import { messages } from '@novacron/contracts';
import type { Json, Message } from '@novacron/kernel';
import type { Projection, Projections } from './project.ts';
import { put } from './tables.ts';

/** Too long for a list, or nobody's to read; everything is in the log. */
const LEFT_OUT = new Set(['type', 'command', 'workspace', 'actor', 'operation', 'problem', 'definition', 'source', 'sealed', 'hash']);

/** Every command enters the log here with its actor, so the gateway's topic is the audit trail. */
const asked: Projection<Message> = (event, { partition, seq, n, time }) => {
  const detail = Object.fromEntries(Object.entries(event).filter(([field]) => !LEFT_OUT.has(field)));
  const problem = event.problem as Json | undefined;
  return [put('audit', { id: `${partition.toString(36)}-${seq.toString(36)}-${n}` }, {
    workspace: event.workspace as string, at: time, actor: event.actor as Json, command: event.command as string,
    operation: (event.operation as string | undefined) ?? event.type, detail: detail as Json, problem,
  })];
};

export const audit: Projections = Object.fromEntries(
  [...messages.values()].filter((spec) => spec.said === 'gateway' && 'actor' in spec.schema.shape).map((spec) => [spec.type, asked]),
);
