import type { ModelSubscribed, Unsubscribed } from '@novacron/contracts';
import { NOTHING, type Decision, type Message } from '@novacron/kernel';
import { Answer } from './answer.ts';
import { Catalogue } from './catalogue.ts';
import { mayUse, type RegistryView, type Subscription, type Version } from './state.ts';
import { answerSubscription, noGrant } from './telling.ts';
import { demandFault } from './waits.ts';

/** Of versions that came out between a subscription's `from` and its registration, the newest are told. */
const MAX_CATCH_UP = 20;

/** TR-10: registered also without a grant, so that a later grant makes it live; the subscriber is told that it is not. */
export function onModelSubscribed(state: RegistryView, message: ModelSubscribed): Decision {
  const { subscription, workspace, trigger, model, range, compat, from } = message;
  if (state.subscription.has(subscription)) return NOTHING;
  const asked: Subscription = { subscription, workspace, trigger, model, range, ...(compat && { compat }) };
  const answer = new Answer();
  const fault = demandFault(message);
  if (fault !== undefined) {
    answer.conflict(asked, fault);
    return answer.decision();
  }
  answer.say({ type: 'SubscriptionRegistered', ...asked } as Message);
  if (!mayUse(state, model, workspace)) answer.conflict(asked, noGrant(message));
  else catchUp(state, asked, from, answer);
  return answer.decision();
}

export function onUnsubscribed(state: RegistryView, { subscription }: Unsubscribed): Decision {
  const known = state.subscription.get(subscription);
  return known ? { events: [{ type: 'SubscriptionEnded', subscription, model: known.model }] } : NOTHING;
}

/** The subscription was said before these versions came out, and arrived after them. */
function catchUp(state: RegistryView, asked: Subscription, from: number, answer: Answer): void {
  const catalogue = new Catalogue(state, asked.model);
  const missed: Version[] = [...catalogue.all()].filter(({ publishedAt }) => publishedAt >= from);
  missed.sort((a, b) => a.publishedAt - b.publishedAt);
  for (const version of missed.slice(-MAX_CATCH_UP)) answerSubscription(state, asked, version, catalogue, answer);
}
