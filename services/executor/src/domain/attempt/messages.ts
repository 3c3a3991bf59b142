import type { AttemptResult, Work } from '@novacron/contracts';

/** One attempt, as orders, results and beats name it; the fence of everything that is said about it. */
export type Mark = { readonly run: string; readonly task: string; readonly attempt: number };

/**
 * Results that agents reported, many in one input: that is what makes bulk cheap. `effects` are the orders that end with them;
 * `node` is who says so, because only the node that an attempt was placed on may end it.
 */
export type AttemptsEnded = {
  readonly type: 'AttemptsEnded';
  readonly effects?: readonly string[];
  readonly results: readonly (AttemptResult & { readonly node: string })[];
};

/** User code of these attempts runs. */
export type AttemptsStarted = { readonly type: 'AttemptsStarted'; readonly attempts: readonly (Mark & { readonly startedAt: number })[] };

/** Nobody has heard of these attempts for too long. */
export type AttemptsSilent = { readonly type: 'AttemptsSilent'; readonly effects: readonly string[]; readonly attempts: readonly Mark[]; readonly reason: string };

/** An agent lists attempts that the edge knows nothing of; the reply names those that do not count. */
export type AttemptsListed = { readonly type: 'AttemptsListed'; readonly attempts: readonly Mark[] };

/** A piece of an attempt's log lies in the artifact store. */
export type LogKept = { readonly type: 'LogKept'; readonly workspace: string; readonly chunk: number; readonly hash: string; readonly size: number } & Mark;

/** Effect: order the node's agent to start the attempt. It stays open until the attempt has ended, and holds the work until then. */
export type StartAttempt = {
  readonly type: 'StartAttempt'; readonly workspace: string; readonly workflow: string; readonly pool: string; readonly node: string;
  readonly work: Work; readonly gpus: readonly number[]; readonly cpu: number; readonly memory: number;
} & Mark;

/** Effect: order the node's agent to stop the attempt; open until the attempt has ended. */
export type StopAttempt = { readonly type: 'StopAttempt'; readonly node: string; readonly reason: string } & Mark;
