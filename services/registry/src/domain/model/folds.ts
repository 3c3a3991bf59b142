import type * as C from '@novacron/contracts';
import type { Evolve } from '@novacron/kernel';
import semver from 'semver';
import { versionId, type Model, type RegistryState, type Subscription, type Version } from './state.ts';

type Fold<E extends { type: string }> = Evolve<RegistryState, E>;

const UNKNOWN: Model = { grants: {}, aliases: {} };
const modelOf = (state: RegistryState, model: string): Model => state.model.get(model) ?? UNKNOWN;

/** Said again, it only moves who was answered last: what is published stays as it is. */
const published: Fold<C.ModelVersionPublished> = (state, { type: _, ...event }, { time }) => {
  const id = versionId(event.model, event.version);
  const { attempt, command } = event;
  const known = state.version.get(id);
  state.version.put(id, { ...(known ?? { ...event, publishedAt: time }), ...(attempt !== undefined && { attempt }), ...(command !== undefined && { command }) } as Version);
  if (!state.model.has(event.model)) state.model.put(event.model, UNKNOWN);
};

const aliasSet: Fold<C.ModelAliasSet> = (state, { model, alias, version, command }) => {
  const known = modelOf(state, model);
  state.model.put(model, { ...known, aliases: { ...known.aliases, [alias]: { version, command: command ?? '' } } });
};

const granted: Fold<C.ModelGranted> = (state, { model, grantee, command }) => {
  const known = modelOf(state, model);
  state.model.put(model, { ...known, grants: { ...known.grants, [grantee]: command ?? '' } });
};

const revoked: Fold<C.ModelGrantRevoked> = (state, { model, grantee }) => {
  const known = modelOf(state, model);
  const { [grantee]: _, ...grants } = known.grants;
  if (Object.hasOwn(known.grants, grantee)) state.model.put(model, { ...known, grants });
};

const awaiting: Fold<C.AwaitRegistered> = (state, { wait, workspace, run, task, model, range, compat }) =>
  state.wait.put(wait, { wait, workspace, run, task, model, range, ...(compat && { compat }) });

const answered: Fold<C.ModelAwaitSatisfied | C.ModelAwaitRefused | C.AwaitForgotten> = (state, { wait }) => state.wait.delete(wait);

const subscribed: Fold<C.SubscriptionRegistered> = (state, { subscription, workspace, trigger, model, range, compat }) =>
  state.subscription.put(subscription, { subscription, workspace, trigger, model, range, ...(compat && { compat }) });

const ended: Fold<C.SubscriptionEnded> = (state, { subscription }) => state.subscription.delete(subscription);

/** The highest version counts: a patch of an older line does not make the consumer older. */
const matched: Fold<C.ModelSubscriptionMatched> = (state, { subscription, version }) => {
  const known = state.subscription.get(subscription);
  if (known && (known.last === undefined || semver.gt(version, known.last))) state.subscription.put(subscription, { ...known, last: version } satisfies Subscription);
};

export const folds = {
  ModelVersionPublished: published, ModelAliasSet: aliasSet, ModelGranted: granted, ModelGrantRevoked: revoked,
  AwaitRegistered: awaiting, ModelAwaitSatisfied: answered, ModelAwaitRefused: answered, AwaitForgotten: answered,
  SubscriptionRegistered: subscribed, SubscriptionEnded: ended, ModelSubscriptionMatched: matched,
};
