/** Private: the next try was ordered. */
export type DeliveryRetried = { readonly type: 'DeliveryRetried'; readonly delivery: string };
