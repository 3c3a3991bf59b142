import { retryOf, type Failure, type TaskDefinition } from '@novacron/contracts';
import { sha256 } from '@novacron/kernel';

/** Attempts whose machine was lost are made up for so often where the task says nothing of retries. */
const LOSSES_MADE_UP = 3;

/** Whether the policy gives another attempt after attempt number `attempt` failed like this (FR-12). */
export function mayRetry(task: TaskDefinition, attempt: number, failure: Failure): boolean {
  const { limit, on } = retryOf(task);
  // A machine that dies is no failing of the task; work that must never run twice says so: `retry: 0`.
  const times = task.retry === undefined && failure.code === 'AttemptLost' ? LOSSES_MADE_UP : limit;
  return attempt <= times && on.includes(failure.class);
}

/**
 * Delay in ms before the attempt after number `attempt` (FR-11): initial * factor^(attempt-1), at most max, shortened by up to the
 * jitter's share. The share comes from a hash of who waits, so that it is the same on every replay and differs between tasks.
 */
export function retryDelay(task: TaskDefinition, run: string, name: string, attempt: number): number {
  const { initial, factor, max, jitter } = retryOf(task).backoff;
  const whole = Math.min(max, initial * factor ** (attempt - 1));
  const share = Number.parseInt(sha256(`${run}/${name}/${attempt}`).slice(0, 8), 16) / 2 ** 32;
  return Math.round(whole * (1 - jitter * share));
}
