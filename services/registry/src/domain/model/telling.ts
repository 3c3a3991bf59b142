import type { DecideContext, Decision } from '@novacron/kernel';
import semver from 'semver';
import { Answer } from './answer.ts';
import { Catalogue } from './catalogue.ts';
import { incompatibility } from './compatibility.ts';
import type { Place, RevokingContinued, TellingContinued } from './messages.ts';
import { rangeOf } from './order.ts';
import { mayUse, versionId, type RegistryView, type Subscription, type Version, type Wait } from './state.ts';

export const START: Place = { stage: 'waits', after: '' };

/** Answers everybody whom a published version concerns, as far as one commit goes; the rest follows by a timer that is due at once. */
export function tellPublished(state: RegistryView, version: Version, from: Place, answer: Answer, { now }: DecideContext): void {
  const { model } = version;
  const catalogue = new Catalogue(state, model, version);
  const place = walk(state, model, from, answer, {
    wait: (wait) => answerWait(state, wait, version, catalogue, answer),
    subscription: (subscription) => answerSubscription(state, subscription, version, catalogue, answer),
  });
  const id = `tell/${versionId(model, version.version)}`;
  if (place) answer.timers.push({ id, at: now, message: { type: 'TellingContinued', model, version: version.version, place } });
}

export function onTellingContinued(state: RegistryView, { model, version, place }: TellingContinued, context: DecideContext): Decision {
  const answer = new Answer();
  const published = state.version.get(versionId(model, version));
  if (published) tellPublished(state, published, place, answer, context);
  return answer.decision();
}

/** Refuses what rested on a grant that is gone. Subscriptions stay registered, so that a later grant makes them live again. */
export function tellRevoked(state: RegistryView, model: string, grantee: string, from: Place, answer: Answer, { now }: DecideContext): void {
  const place = walk(state, model, from, answer, {
    wait: (wait) => void (wait.workspace === grantee && answer.refuseWait(wait, `the grant of ${grantee} was revoked`)),
    subscription: (subscription) => void (subscription.workspace === grantee && answer.conflict(subscription, `the grant of ${grantee} was revoked`)),
  });
  if (place) answer.timers.push({ id: `revoke/${model}/${grantee}`, at: now, message: { type: 'RevokingContinued', model, grantee, place } });
}

export function onRevokingContinued(state: RegistryView, { model, grantee, place }: RevokingContinued, context: DecideContext): Decision {
  const answer = new Answer();
  // Granted again in between: nobody else loses anything.
  if (!mayUse(state, model, grantee)) tellRevoked(state, model, grantee, place, answer, context);
  return answer.decision();
}

interface Visit {
  wait(wait: Wait): void;
  subscription(subscription: Subscription): void;
}

/** Visits waits, then subscriptions, from a place on; answers the place to go on from when the commit is full. */
function walk(state: RegistryView, model: string, from: Place, answer: Answer, visit: Visit): Place | undefined {
  let { stage, after } = from;
  if (stage === 'waits') {
    for (const id of state.wait.list('byModel', model, [behind(after)])) {
      if (answer.full) return { stage, after };
      visit.wait(state.wait.get(id)!);
      after = id;
    }
    stage = 'subscriptions';
    after = '';
  }
  for (const id of state.subscription.list('byModel', model, [behind(after)])) {
    if (answer.full) return { stage, after };
    visit.subscription(state.subscription.get(id)!);
    after = id;
  }
  return undefined;
}

/** The least text above the given one. */
const behind = (id: string): string => (id === '' ? '' : `${id}\u0000`);

function answerWait(state: RegistryView, wait: Wait, version: Version, catalogue: Catalogue, answer: Answer): void {
  if (!mayUse(state, wait.model, wait.workspace)) return answer.refuseWait(wait, noGrant(wait));
  // A version outside the range changes nothing for this wait.
  if (!rangeOf(wait.range)?.test(version.version)) return;
  const best = catalogue.best(wait);
  if (best) answer.satisfy(wait, best);
}

/**
 * A version that fits is told whatever its number. One that does not is told as a conflict only when it is higher than what the subscriber
 * has: a patch of an older line, or a prerelease that the range does not name, asks nothing of anybody. Without a grant nothing is said here:
 * the subscriber was told when it registered or lost the grant, and hears nothing of releases.
 */
export function answerSubscription(state: RegistryView, subscription: Subscription, version: Version, catalogue: Catalogue, answer: Answer): void {
  const { model, workspace, range, compat } = subscription;
  if (!mayUse(state, model, workspace)) return;
  const inside = rangeOf(range)?.test(version.version) ?? false;
  const fault = inside ? incompatibility(version, catalogue.known(subscription), compat) : `outside the range ${range}`;
  if (fault === undefined) return answer.match(subscription, version);
  if (!inside && semver.prerelease(version.version)) return;
  if (isNews(subscription, version, catalogue)) answer.conflict(subscription, fault, version.version);
}

function isNews({ last, range }: Subscription, { version }: Version, catalogue: Catalogue): boolean {
  const has = last ?? catalogue.inRange(range).find((other) => other.version !== version)?.version;
  if (has !== undefined) return semver.gt(version, has);
  const parsed = rangeOf(range);
  return parsed !== undefined && (parsed.test(version) || semver.gtr(version, parsed));
}

export const noGrant = ({ workspace, model }: { workspace: string; model: string }): string => `workspace ${workspace} has no grant for ${model}`;
