import type { TriggersDeclared } from '@novacron/contracts';

/** Said to itself: the next nominal time of a cron or interval trigger. */
export type TriggerScheduled = { readonly type: 'TriggerScheduled'; readonly workspace: string; readonly trigger: string; readonly at: number };

/** Said to itself: the workspace's inbox is watched for the trigger. */
export type InboxWatched = { readonly type: 'InboxWatched'; readonly workspace: string; readonly trigger: string; readonly watch: string };

/** Timer: a nominal time has come. */
export type FireDue = { readonly type: 'FireDue'; readonly workspace: string; readonly trigger: string; readonly nominal: number };

/** Effect: look into the workspace's inbox; open until it ends by UnwatchInbox. */
export type WatchInbox = { readonly type: 'WatchInbox'; readonly workspace: string; readonly watch: string };

/** Effect: end that watch. */
export type UnwatchInbox = { readonly type: 'UnwatchInbox'; readonly workspace: string; readonly watch: string };

/** Outcome of both effects: the watch is over. */
export type InboxUnwatched = { readonly type: 'InboxUnwatched'; readonly watch: string };

/** Asked directly by the edge: a whole file lies in the inbox. `mtime` in ms; the reply says whether to tell it once more. */
export type FileSeen = { readonly type: 'FileSeen'; readonly workspace: string; readonly name: string; readonly path: string; readonly size: number; readonly mtime: number };

/** Timer, due at once: more triggers changed than one commit can say; `from` is the next one of the list. */
export type DeclaringContinued = Omit<TriggersDeclared, 'type'> & { readonly type: 'DeclaringContinued'; readonly from: number };
