import { messages, type CommandSettled } from '@novacron/contracts';
import type { Json, Message } from '@novacron/kernel';
import { statusOfFact } from '../domain/command/local.ts';
import type { Problem } from '../domain/command/messages.ts';
import type { Projection, Projections } from './project.ts';
import { put } from './tables.ts';

/** Too long for a list, or nobody's to read; everything is in the log. */
const LEFT_OUT = new Set(['type', 'command', 'workspace', 'actor', 'operation', 'problem', 'definition', 'source', 'sealed', 'hash']);

/** Every command enters the log here with its actor, so the gateway's topic is the audit trail. */
const asked: Projection<Message> = (event, { time }) => {
  const detail = Object.fromEntries(Object.entries(event).filter(([field]) => !LEFT_OUT.has(field)));
  const actor = event.actor as { key: string };
  const outcome = outcomeHere(event);
  return [put('audit', { id: event.command as string }, {
    workspace: event.workspace as string, at: time, actor: actor as Json, actorKey: actor.key, operation: (event.operation as string | undefined) ?? event.type, detail: detail as Json,
    ...(outcome && { outcome, settledAt: time }),
  })];
};

/** Of what the gateway itself decides: the fact or the refusal is what was said. */
function outcomeHere({ type, problem }: Message): Json | undefined {
  if (problem) return told(type, problem as unknown as Problem);
  const status = statusOfFact(type);
  return status === undefined ? undefined : { type, status };
}

const settled: Projection<CommandSettled> = ({ command, outcome }, { time }) => {
  const { type, status, body } = outcome as unknown as { type: string; status: number; body: Problem };
  return [put('audit', { id: command }, { outcome: status >= 400 ? told(type, body) : { type, status }, settledAt: time })];
};

const told = (type: string, { status, code, detail }: Problem): Json => ({ type, status, code, detail });

export const audit: Projections = {
  ...Object.fromEntries([...messages.values()].filter((spec) => spec.said === 'gateway' && 'actor' in spec.schema.shape).map((spec) => [spec.type, asked])),
  CommandSettled: settled,
};
