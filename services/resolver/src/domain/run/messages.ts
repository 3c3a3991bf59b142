import type { Json } from '@novacron/kernel';

/** Said by a run to itself only. */
export type OutputsHeld = { type: 'OutputsHeld'; run: string; task: string; attempt: number; outputs: Record<string, Json> };
export type RunStopping = { type: 'RunStopping'; run: string; kind: 'cancel' | 'timeout'; reason: string };
/** A part of a finished run's rows is gone. */
export type RunSwept = { type: 'RunSwept'; run: string };
export type TombstoneRemoved = { type: 'TombstoneRemoved'; run: string };

/** Timers. */
export type RetryDue = { type: 'RetryDue'; run: string; task: string; attempt: number };
export type ModelWaitExpired = { type: 'ModelWaitExpired'; run: string; task: string; wait: string };
export type RunDeadlineReached = { type: 'RunDeadlineReached'; run: string };
export type TombstoneExpired = { type: 'TombstoneExpired'; run: string };

export const DAY = 86_400_000;
/** How long a finished run can be asked about. */
export const REMEMBERED = 7 * DAY;
