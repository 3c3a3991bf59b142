/** Own events that no other service reads. */

/** The node's agent no longer has these lost attempts: their place is free. */
export type InventoryTaken = { readonly type: 'InventoryTaken'; readonly pool: string; readonly node: string; readonly freed: readonly string[] };

/** Timer: an inventory was asked for, and may not have come, or may still have listed a lost attempt. */
export type InventoryDue = { readonly type: 'InventoryDue'; readonly pool: string; readonly node: string };

/** The last slice of a long placement is done: single messages place again. */
export type PlacementSettled = { readonly type: 'PlacementSettled'; readonly pool: string };

/** Direct query: what does this attempt wait for? Answered in the reply only. */
export type ExplainWait = { readonly type: 'ExplainWait'; readonly pool: string; readonly attempt: string };
