import type { Mark } from './messages.ts';

/** Private: the agent is ordered to stop the attempt. */
export type AttemptStopping = { readonly type: 'AttemptStopping'; readonly reason: string } & Mark;
