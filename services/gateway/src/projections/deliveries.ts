import type { DeliveryAbandoned, DeliveryDelayed, DeliveryRequested, DeliverySucceeded, DestinationAdded, DestinationRemoved } from '@novacron/contracts';
import type { Projection, Projections } from './project.ts';
import { put, remove } from './tables.ts';

/** What is sealed stays in the log: nobody reads it here. */
const added: Projection<DestinationAdded> = ({ workspace, destination, kind, shown, events }, { time }) => [
  put('destination', { workspace, name: destination }, { kind, shown, events, addedAt: time }),
];
const removed: Projection<DestinationRemoved> = ({ workspace, destination }) => [remove('destination', { workspace, name: destination })];

const requested: Projection<DeliveryRequested> = ({ delivery, workspace, destination, event, subject, text }, { time }) => [
  put('delivery', { id: delivery }, { workspace, destination, event, subject, text, status: 'pending', tries: 0, requestedAt: time }),
];
const succeeded: Projection<DeliverySucceeded> = ({ delivery, tries }, { time }) => [
  put('delivery', { id: delivery }, { status: 'delivered', tries, endedAt: time, nextAt: null, error: null }),
];
const delayed: Projection<DeliveryDelayed> = ({ delivery, tries, at, error }) => [put('delivery', { id: delivery }, { status: 'delayed', tries, nextAt: at, error })];
const abandoned: Projection<DeliveryAbandoned> = ({ delivery, tries, error }, { time }) => [
  put('delivery', { id: delivery }, { status: 'abandoned', tries, endedAt: time, nextAt: null, error }),
];

export const deliveries: Projections = {
  DestinationAdded: added, DestinationRemoved: removed, DeliveryRequested: requested, DeliverySucceeded: succeeded, DeliveryDelayed: delayed, DeliveryAbandoned: abandoned,
};
