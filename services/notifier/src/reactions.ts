import { onDeliveryAttempted, onDeliveryDue, onDestinationTestRequested, telling } from './domain/delivery/decide.ts';
import { onDestinationAddRequested, onDestinationRemoveRequested } from './domain/destination/decide.ts';
import { modelConflict, modelMatched, modelPublished, runCancelled, runFailed, runRefused, runSucceeded, runTriggered, triggerConflict } from './domain/notice/notice.ts';

/** What the notifier answers to what. */
export const reactions = {
  // from the gateway
  DestinationAddRequested: onDestinationAddRequested,
  DestinationRemoveRequested: onDestinationRemoveRequested,
  DestinationTestRequested: onDestinationTestRequested,
  // what people want to be told of
  RunSucceeded: telling(runSucceeded),
  RunFailed: telling(runFailed),
  RunCancelled: telling(runCancelled),
  RunRefused: telling(runRefused),
  RunStarted: telling(runTriggered),
  ModelVersionPublished: telling(modelPublished),
  ModelSubscriptionMatched: telling(modelMatched),
  ModelSubscriptionConflict: telling(modelConflict),
  TriggerConflicted: telling(triggerConflict),
  // outcomes and timers
  DeliveryAttempted: onDeliveryAttempted,
  DeliveryDue: onDeliveryDue,
};
