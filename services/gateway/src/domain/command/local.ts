import type { Json, Message } from '@novacron/kernel';
import type { Actor, Outcome } from './messages.ts';

interface By {
  readonly command: string;
  readonly workspace: string;
  readonly actor: Actor;
}

/** Fields of the body that the caller is told, and the field that takes the command's id as the thing's own. */
const local: Readonly<Record<string, { readonly status: number; readonly id?: string; readonly fields: readonly string[] }>> = {
  WorkspaceCreated: { status: 201, fields: ['workspace', 'title'] },
  KeyCreated: { status: 201, id: 'key', fields: ['key', 'name', 'role', 'prefix', 'expiresAt'] },
  KeyRevoked: { status: 200, fields: ['key'] },
  NodeCredentialCreated: { status: 201, fields: ['credential', 'pool'] },
};

/** The status that a fact of the gateway's own is answered with; undefined for what another service decides. */
export const statusOfFact = (type: string): number | undefined => local[type]?.status;

/** The fact and its outcome, where the gateway itself owns the thing; undefined where another service decides. */
export function settleHere(wish: Message, by: By): { event: Message; outcome: Outcome } | undefined {
  const rule = local[wish.type];
  if (!rule) return undefined;
  const event: Message = { ...wish, ...by, actor: { ...by.actor }, ...(rule.id && { [rule.id]: by.command }) };
  const body: Record<string, Json> = {};
  for (const field of rule.fields) if (event[field] !== undefined) body[field] = event[field]!;
  return { event, outcome: { status: rule.status, type: wish.type, body } };
}
