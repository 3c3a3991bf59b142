import { NOTHING, type Decision } from '@novacron/kernel';
import { onTriggerApplyRequested, onTriggerRemoveRequested, onTriggersDeclared } from './domain/trigger/declare.ts';
import { onFileSeen, onFireDue, onModelSubscriptionConflict, onModelSubscriptionMatched } from './domain/trigger/occasions.ts';

const nothing = (): Decision => NOTHING;

/** What triggers answer to what. */
export const reactions = {
  // from the resolver
  TriggersDeclared: onTriggersDeclared,
  // from the gateway
  TriggerApplyRequested: onTriggerApplyRequested,
  TriggerRemoveRequested: onTriggerRemoveRequested,
  // from the registry
  ModelSubscriptionMatched: onModelSubscriptionMatched,
  ModelSubscriptionConflict: onModelSubscriptionConflict,
  // timers
  FireDue: onFireDue,
  DeclaringContinued: onTriggersDeclared,
  // from this service's own edge, which looks into the inboxes
  FileSeen: onFileSeen,
  InboxUnwatched: nothing,
};
