import type { Json } from '@novacron/kernel';

/** Effect: tell the destination. Everything that the edge needs, so that a repeat is the same to the byte. */
export type Deliver = {
  readonly type: 'Deliver'; readonly delivery: string; readonly workspace: string; readonly destination: string; readonly kind: 'slack' | 'webhook'; readonly sealed: string;
  readonly event: string; readonly subject: string; readonly text: string; readonly payload: { readonly [field: string]: Json };
  /** When it was requested, log time. */
  readonly at: number;
  /** Which try this is, from 1. */
  readonly tries: number;
};

/** Outcome of a try. */
export type DeliveryAttempted = {
  readonly type: 'DeliveryAttempted'; readonly delivery: string; readonly tries: number; readonly ok: boolean;
  /** HTTP status, 0 without an answer. */
  readonly status: number;
  readonly error?: string;
  /** Not before so many ms from now. */
  readonly retryAfter?: number;
  /** False where nothing was sent, because the destination's circuit is open or its queue is full: that try does not count. */
  readonly sent: boolean;
  /** Trying again cannot help. */
  readonly final?: boolean;
};

/** Timer: the next try is due. */
export type DeliveryDue = { readonly type: 'DeliveryDue'; readonly delivery: string };
