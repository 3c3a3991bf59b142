/** Timer: the wait's deadline is an hour past; its waiter has long decided without an answer. */
export type WaitExpired = { readonly type: 'WaitExpired'; readonly wait: string };

/** Where a round of answers stands: waits come first, then subscriptions, each in the order of their ids. */
export type Place = { readonly stage: 'waits' | 'subscriptions'; readonly after: string };

/** Timer, due at once: more wait for this version than one commit can answer. */
export type TellingContinued = { readonly type: 'TellingContinued'; readonly model: string; readonly version: string; readonly place: Place };

/** Timer, due at once: more rested on the revoked grant than one commit can answer. */
export type RevokingContinued = { readonly type: 'RevokingContinued'; readonly model: string; readonly grantee: string; readonly place: Place };

export const HOUR = 3_600_000;
