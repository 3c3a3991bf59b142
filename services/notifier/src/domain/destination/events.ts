/** Private: the destination said that it is gone (HTTP 410); it is told nothing more until it is added anew. */
export type DestinationDisabled = { readonly type: 'DestinationDisabled'; readonly workspace: string; readonly destination: string; readonly reason: string };
