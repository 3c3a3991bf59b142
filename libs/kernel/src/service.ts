import type { Decide, Evolve } from './decide.ts';
import type { Schema, State, View } from './tables.ts';

/** A service as the log sees it: its topic, its state, what it answers and how it folds. Pure through and through. */
export interface ServiceDefinition<S extends Schema = Schema> {
  /** Name of the service and of its topic. */
  readonly name: string;
  /** Raised when a fold or the schema changes meaning: older snapshots are then not used. */
  readonly foldVersion: number;
  readonly schema: S;
  /** Message type to decider: events of other services, own `Continue`s, timers, effect outcomes and direct commands alike. */
  readonly reactions: Readonly<Record<string, Decide<View<S>, never>>>;
  /** Own event type to fold; an own event without one changes no state. */
  readonly folds: Readonly<Record<string, Evolve<State<S>, never>>>;
}

/** Checks the types of a service's parts against each other. */
export function defineService<S extends Schema>(definition: ServiceDefinition<S>): ServiceDefinition<S> {
  return definition;
}
