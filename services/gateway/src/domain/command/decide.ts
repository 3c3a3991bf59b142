import { addressesOf } from '@novacron/contracts';
import { NOTHING, refuse, type Decide, type DecideContext, type Decision, type Json, type Message, type Refusal, type View } from '@novacron/kernel';
import { allows } from '../access/roles.ts';
import { isLive, SYSTEM, type accessSchema } from '../access/state.ts';
import type { CommandTaken } from './events.ts';
import { settleHere } from './local.ts';
import type { Command, CommandLookup, CommandReply, CommandsExpired, Outcome } from './messages.ts';
import { outcomeOf, refused } from './outcomes.ts';
import { expired, FORGET_AT_ONCE, KEY_LIFE_MS, MAX_KEYS, type commandSchema, type TakenCommand } from './state.ts';

export type Gateway = View<typeof accessSchema & typeof commandSchema>;

/** May this caller ask this, and was it asked before? */
export const command: Decide<Gateway, Command> = (state, asked, context) => {
  const id = `${asked.workspace}|${asked.actor.key}|${asked.idempotencyKey}`;
  const known = state.command.get(id);
  if (known) return repeat(known, asked);
  const role = roleOf(state, asked, context.now);
  if (typeof role !== 'string') return role;
  if (state.command.count('byWorkspace', asked.workspace) >= MAX_KEYS) {
    return refuse('TooManyCommands', `${asked.workspace} gave ${MAX_KEYS} commands within 24 h; wait until the oldest is forgotten.`, 429);
  }
  const taken = { type: 'CommandTaken', id, command: context.newId(addresseeOf(asked)), workspace: asked.workspace, operation: asked.operation, bodyHash: asked.bodyHash } as const;
  const by = { command: taken.command, workspace: asked.workspace, actor: asked.actor };
  const problem = asked.problem ?? problemOf(state, asked, role);
  if (problem) {
    return take(state, context, taken, { type: 'CommandRefused', ...by, operation: asked.operation, problem }, refused('CommandRefused', problem));
  }
  const here = settleHere(asked.event!, by);
  return here ? take(state, context, taken, here.event, here.outcome) : take(state, context, taken, { ...asked.event!, ...by });
};

/** Another service has answered: with a fact or with a refusal. */
export const settle: Decide<Gateway> = (state, event) => {
  const id = typeof event.command === 'string' ? state.command.first('byCommand', event.command) : undefined;
  const taken = id === undefined ? undefined : state.command.get(id)!;
  if (!taken || taken.outcome) return NOTHING;
  return [{ type: 'CommandSettled', command: taken.command, workspace: taken.workspace, outcome: outcomeOf(event) }];
};

export const commandLookup: Decide<Gateway, CommandLookup> = (state, asked) => {
  const id = state.command.first('byCommand', asked.command);
  const taken = id === undefined ? undefined : state.command.get(id)!;
  return { events: [], reply: taken?.workspace === asked.workspace ? (replyOf(taken, false) as Json) : null };
};

export const commandsExpired: Decide<Gateway, CommandsExpired> = (state, _, { now }) => {
  const gone = expired(state, now - KEY_LIFE_MS);
  const next = oldestAfter(state, gone.length);
  const timers = next === undefined ? [] : [sweepAt(gone.length === FORGET_AT_ONCE ? now : next + KEY_LIFE_MS)];
  return { events: gone.length ? [{ type: 'CommandsForgotten', before: now - KEY_LIFE_MS }] : [], timers };
};

/** Beside it the command's id lies: what takes that id for its own, as a run does, is decided with the answer, in one append. */
function addresseeOf({ event, workspace }: Command): string | undefined {
  return event && addressesOf({ ...event, workspace })[0]?.key;
}

function repeat(known: TakenCommand, asked: Command): Decision | Refusal {
  if (known.bodyHash !== asked.bodyHash) {
    return refuse('IdempotencyKeyReused', `The key was used for ${known.operation} with another body; take a new key for a new command.`, 409);
  }
  return { events: [], reply: replyOf(known, false) as Json };
}

/** The role that the actor has in the workspace now; the fold knows better than what the edge saw. */
function roleOf(state: Gateway, asked: Command, now: number): Command['role'] | Refusal {
  if (asked.home !== asked.workspace) {
    if (asked.home === SYSTEM && asked.role === 'admin') return 'admin';
    return refuse('WorkspaceUnknown', `There is no workspace ${asked.workspace}.`, 404);
  }
  const key = state.key.get(asked.actor.key);
  if (!key || key.workspace !== asked.workspace || !isLive(key, now)) return refuse('KeyUnknown', 'The API key is not accepted.', 401);
  return key.role;
}

function problemOf(state: Gateway, asked: Command, role: Command['role']) {
  const event = asked.event!;
  if (!allows(role, asked.needs)) return { code: 'RoleMissing', status: 403, detail: `${asked.operation} needs the role ${asked.needs} in ${asked.workspace}; the key has ${role}.` };
  const exists = state.workspace.has(asked.workspace);
  if (event.type === 'WorkspaceCreated') return exists ? { code: 'WorkspaceExists', status: 409, detail: `There is a workspace ${asked.workspace} already.` } : undefined;
  if (!exists) return { code: 'WorkspaceUnknown', status: 404, detail: `There is no workspace ${asked.workspace}.` };
  if (event.type !== 'KeyRevoked') return undefined;
  const key = state.key.get(event.key as string);
  return key?.workspace === asked.workspace ? undefined : { code: 'KeyUnknown', status: 404, detail: `There is no key ${String(event.key)} in ${asked.workspace}.` };
}

function take(state: Gateway, context: DecideContext, taken: CommandTaken, event: Message, outcome?: Outcome): Decision {
  const settled = { ...taken, ...(outcome && { outcome }) };
  // One timer per partition: the first key that is taken sets it, the sweep sets the next.
  const timers = state.command.size === 0 ? [sweepAt(context.now + KEY_LIFE_MS)] : [];
  const reply: CommandReply = { command: taken.command, fresh: true, ...(outcome && { outcome }) };
  return { events: [settled, event], timers, reply: reply as Json };
}

const sweepAt = (at: number) => ({ id: 'commands', at, message: { type: 'CommandsExpired' } });

function replyOf({ command: id, outcome, position }: TakenCommand, fresh: boolean): CommandReply {
  return { command: id, fresh, ...(outcome && { outcome }), ...(position !== undefined && { position }) };
}

/** When the oldest key that stays was taken. */
function oldestAfter(state: Gateway, gone: number): number | undefined {
  let n = 0;
  for (const id of state.command.list('byTime', 'all')) if (n++ === gone) return state.command.get(id)!.time;
  return undefined;
}
