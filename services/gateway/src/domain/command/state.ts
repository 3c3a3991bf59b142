import { encodePosition, table, type Evolve, type State } from '@novacron/kernel';
import type { CommandSettled } from '@novacron/contracts';
import type { CommandsForgotten, CommandTaken } from './events.ts';
import type { Outcome } from './messages.ts';

export const KEY_LIFE_MS = 24 * 3_600_000;
export const MAX_KEYS = 100_000;
export const FORGET_AT_ONCE = 1_000;

export interface TakenCommand {
  readonly command: string;
  readonly workspace: string;
  readonly operation: string;
  readonly bodyHash: string;
  readonly time: number;
  readonly outcome?: Outcome;
  /** Of the commit that settled it. */
  readonly position?: string;
}

export const commandSchema = {
  command: table<TakenCommand>({
    byCommand: (taken) => [taken.command],
    byWorkspace: (taken) => [taken.workspace],
    byTime: (taken) => ['all', taken.time],
  }),
};
type Commands = State<typeof commandSchema>;

const commandTaken: Evolve<Commands, CommandTaken> = (state, { id, command, workspace, operation, bodyHash, outcome }, context) => {
  const settled = outcome && { outcome, position: encodePosition(context) };
  state.command.put(id, { command, workspace, operation, bodyHash, time: context.time, ...settled });
};

const commandSettled: Evolve<Commands, CommandSettled> = (state, event, context) => {
  const id = state.command.first('byCommand', event.command);
  if (id === undefined) return;
  state.command.put(id, { ...state.command.get(id)!, outcome: event.outcome as Outcome, position: encodePosition(context) });
};

const commandsForgotten: Evolve<Commands, CommandsForgotten> = (state, { before }) => {
  for (const id of expired(state, before)) state.command.delete(id);
};

export const commandFolds = { CommandTaken: commandTaken, CommandSettled: commandSettled, CommandsForgotten: commandsForgotten };

/** The oldest keys that were taken at or before that time, at most `FORGET_AT_ONCE`. */
export function expired(state: { readonly command: Pick<Commands['command'], 'list' | 'get'> }, before: number): string[] {
  const ids: string[] = [];
  for (const id of state.command.list('byTime', 'all')) {
    if (ids.length === FORGET_AT_ONCE || state.command.get(id)!.time > before) break;
    ids.push(id);
  }
  return ids;
}
