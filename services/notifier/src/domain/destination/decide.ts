import type { DestinationAddRequested, DestinationRemoveRequested } from '@novacron/contracts';
import type { Message } from '@novacron/kernel';
import { DEFAULT_EVENTS, EVENT_NAMES } from '../notice/names.ts';
import { destinationId, type SeesDestinations } from './state.ts';

/** One event of a workspace is told to all of them in one commit. */
const MOST = 50;

/** A name that is taken is refused, unless what has it is disabled: then it is replaced. */
export function onDestinationAddRequested(state: SeesDestinations, m: DestinationAddRequested): Message[] {
  const { command, workspace, destination, kind, sealed, shown } = m;
  const known = state.destination.get(destinationId(m));
  if (known?.command === command) return [];
  if (known && known.disabled === undefined) return refused(m, 'DestinationExists', 409, `Workspace ${workspace} has a destination ${destination} already; remove it first, or take another name.`);
  const unknown = m.events.find((name) => name !== '*' && !(EVENT_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) return refused(m, 'EventUnknown', 422, `There is no event "${unknown}"; a destination can be told of ${EVENT_NAMES.join(', ')}, or * for all.`);
  if (!known && state.destination.count('inWorkspace', workspace) >= MOST) return refused(m, 'TooManyDestinations', 422, `Workspace ${workspace} has ${MOST} destinations, and more are not possible; remove one first.`);
  const events = m.events.includes('*') ? EVENT_NAMES : m.events.length ? m.events : DEFAULT_EVENTS;
  return [{ type: 'DestinationAdded', command, workspace, destination, kind, sealed, shown, events }];
}

export function onDestinationRemoveRequested(state: SeesDestinations, m: DestinationRemoveRequested): Message[] {
  const { command, workspace, destination } = m;
  if (!state.destination.has(destinationId(m))) return unknownDestination(m);
  return [{ type: 'DestinationRemoved', command, workspace, destination }];
}

export function unknownDestination(m: { command: string; workspace: string; destination: string }): Message[] {
  return refused(m, 'DestinationUnknown', 404, `Workspace ${m.workspace} has no destination ${m.destination}.`);
}

function refused({ command, workspace, destination }: { command: string; workspace: string; destination: string }, code: string, status: number, detail: string): Message[] {
  return [{ type: 'DestinationRefused', command, workspace, destination, problem: { code, status, detail } }];
}
