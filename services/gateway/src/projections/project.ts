import type { Message } from '@novacron/kernel';
import type { RowChange } from './tables.ts';
import { access } from './access.ts';
import { attempts } from './attempts.ts';
import { audit } from './audit.ts';
import { deliveries } from './deliveries.ts';
import { fleet } from './fleet.ts';
import { models } from './models.ts';
import { runs } from './runs.ts';
import { tasks } from './tasks.ts';
import { triggers } from './triggers.ts';
import { workflows } from './workflows.ts';

/** Where and when the event was said. */
export interface Said {
  readonly topic: string;
  readonly partition: number;
  readonly seq: number;
  /** Index of the event in its commit. */
  readonly n: number;
  /** Log time, ms. */
  readonly time: number;
}

export type Projection<E> = (event: E, said: Said) => readonly RowChange[];
/** What one noun makes of which events. */
export type Projections = Readonly<Record<string, Projection<never>>>;

const byType = new Map<string, Projection<Message>[]>();
for (const noun of [access, workflows, runs, tasks, attempts, models, fleet, triggers, deliveries, audit] as Projections[]) {
  for (const [type, projection] of Object.entries(noun)) byType.set(type, [...(byType.get(type) ?? []), projection as Projection<Message>]);
}

/** Types of the events that change a row. */
export const projectedTypes: readonly string[] = [...byType.keys()];

/** Pure: the rows that an event changes depend on the event, its place and its log time alone. */
export function project(event: Message, said: Said): readonly RowChange[] {
  const projections = byType.get(event.type);
  if (!projections) return NONE;
  return projections.length === 1 ? projections[0]!(event, said) : projections.flatMap((projection) => projection(event, said));
}
const NONE: readonly RowChange[] = [];
