/** Own events that no other service reads. */

/** The node's agent told what it still has. */
export type InventoryTaken = {
  readonly type: 'InventoryTaken';
  readonly pool: string;
  readonly node: string;
  readonly boot: string;
  /** Placed before this boot, and still there. */
  readonly held: readonly string[];
  /** Lost attempts that are no longer there: their place is free. */
  readonly freed: readonly string[];
};

/** The last slice of a long placement is done: single messages place again. */
export type PlacementSettled = { readonly type: 'PlacementSettled'; readonly pool: string };

/** Direct query: what does this attempt wait for? Answered in the reply only. */
export type ExplainWait = { readonly type: 'ExplainWait'; readonly pool: string; readonly attempt: string };
