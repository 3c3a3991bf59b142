import { onModelAliasRequested, onModelGrantRequested, onModelGrantRevokeRequested } from './domain/model/grants.ts';
import { onModelProduced, onModelPublishRequested } from './domain/model/publish.ts';
import { onModelSubscribed, onUnsubscribed } from './domain/model/subscriptions.ts';
import { onRevokingContinued, onTellingContinued } from './domain/model/telling.ts';
import { onAwaitWithdrawn, onModelAwaited, onWaitExpired } from './domain/model/waits.ts';

/** What the registry answers to what. */
export const reactions = {
  // from the gateway
  ModelPublishRequested: onModelPublishRequested,
  ModelAliasRequested: onModelAliasRequested,
  ModelGrantRequested: onModelGrantRequested,
  ModelGrantRevokeRequested: onModelGrantRevokeRequested,
  // from the resolver
  ModelProduced: onModelProduced,
  ModelAwaited: onModelAwaited,
  AwaitWithdrawn: onAwaitWithdrawn,
  // from triggers
  ModelSubscribed: onModelSubscribed,
  Unsubscribed: onUnsubscribed,
  // timers
  WaitExpired: onWaitExpired,
  TellingContinued: onTellingContinued,
  RevokingContinued: onRevokingContinued,
};
