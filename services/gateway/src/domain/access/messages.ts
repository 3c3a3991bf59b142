import type { Key } from './state.ts';

/** First start: the installation gets its system workspace, its first admin key and a node credential. */
export type Bootstrap = {
  readonly type: 'Bootstrap';
  readonly hash: string;
  readonly prefix: string;
};

export type BootstrapReply = {
  readonly nodeCredential: string;
  /** Whether the given key is accepted now. */
  readonly accepted: boolean;
};

/** Who may enter: asked by the edge of each partition when the process gets it. */
export type DirectoryRequested = {
  readonly type: 'DirectoryRequested';
};

export type DirectoryReply = {
  readonly workspaces: readonly string[];
  readonly keys: readonly (Key & { readonly id: string })[];
};
