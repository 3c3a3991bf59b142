import type { DeliveryAbandoned, DeliveryDelayed, DeliveryRequested, DeliverySucceeded } from '@novacron/contracts';
import type { Evolve, Json, Table } from '@novacron/kernel';
import type { DeliveryRetried } from './events.ts';

/** A message that a destination has not taken yet. */
export interface Delivery {
  readonly workspace: string;
  readonly destination: string;
  readonly event: string;
  readonly subject: string;
  readonly text: string;
  readonly payload: { readonly [field: string]: Json };
  readonly requestedAt: number;
  /** Tries that were made in vain. */
  readonly tries: number;
  /** A try is under way; otherwise a timer waits for the next one. */
  readonly trying: boolean;
}

interface WithDeliveries { readonly delivery: Table<Delivery> }

const requested: Evolve<WithDeliveries, DeliveryRequested> = (state, { delivery, workspace, destination, event, subject, text, payload }, { time }) =>
  state.delivery.put(delivery, { workspace, destination, event, subject, text, payload, requestedAt: time, tries: 0, trying: true });

const delayed: Evolve<WithDeliveries, DeliveryDelayed> = (state, e) => change(state, e.delivery, { tries: e.tries, trying: false });
const retried: Evolve<WithDeliveries, DeliveryRetried> = (state, e) => change(state, e.delivery, { trying: true });
const ended: Evolve<WithDeliveries, DeliverySucceeded | DeliveryAbandoned> = (state, e) => state.delivery.delete(e.delivery);

function change(state: WithDeliveries, id: string, to: Partial<Delivery>): void {
  const known = state.delivery.get(id);
  if (known) state.delivery.put(id, { ...known, ...to });
}

export const deliveryFolds = { DeliveryRequested: requested, DeliveryDelayed: delayed, DeliveryRetried: retried, DeliverySucceeded: ended, DeliveryAbandoned: ended };
