import type { DestinationAdded, DestinationRemoved } from '@novacron/contracts';
import type { Evolve, ReadonlyTable, Table } from '@novacron/kernel';
import type { DestinationDisabled } from './events.ts';

/** Whom a workspace wants told. URL and key are in `sealed`; nothing else here is secret. */
export interface Destination {
  readonly workspace: string;
  readonly destination: string;
  readonly kind: 'slack' | 'webhook';
  readonly sealed: string;
  readonly events: readonly string[];
  /** The command that made it, so that its repeat says nothing. */
  readonly command?: string;
  /** Why nothing is sent any more. */
  readonly disabled?: string;
}

export const destinationId = (e: { workspace: string; destination: string }): string => `${e.workspace}/${e.destination}`;
export const inWorkspace = (d: Destination): [string, string] => [d.workspace, d.destination];

export interface WithDestinations { readonly destination: Table<Destination> }
export interface SeesDestinations { readonly destination: ReadonlyTable<Destination> }

const added: Evolve<WithDestinations, DestinationAdded> = (state, { workspace, destination, kind, sealed, events, command }) =>
  state.destination.put(destinationId({ workspace, destination }), { workspace, destination, kind, sealed, events, ...(command !== undefined && { command }) });

const removed: Evolve<WithDestinations, DestinationRemoved> = (state, e) => state.destination.delete(destinationId(e));

const disabled: Evolve<WithDestinations, DestinationDisabled> = (state, e) => {
  const known = state.destination.get(destinationId(e));
  if (known) state.destination.put(destinationId(e), { ...known, disabled: e.reason });
};

export const destinationFolds = { DestinationAdded: added, DestinationRemoved: removed, DestinationDisabled: disabled };
