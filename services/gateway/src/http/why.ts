import type { Row } from '../projections/tables.ts';
import type { Rows } from './rows.ts';
import { FINISHED, taskStatus } from './views.ts';

export interface Why {
  readonly run: string;
  readonly task: string;
  readonly status: string;
  /** What stands between the task and its next step; empty when nothing does. */
  readonly waitsFor: readonly { readonly kind: string; readonly detail: string }[];
}

/** What a task waits for, from what the services said of it. */
export async function whyOf(rows: Rows, run: Row<'run'>, task: Row<'task'>): Promise<Why> {
  const attempt = task.attempt === null ? undefined : await rows.one('attempt', { run: run.id, task: task.name, attempt: task.attempt });
  const status = taskStatus(task, attempt);
  return { run: run.id, task: task.name, status, waitsFor: FINISHED.has(status) ? [] : await reasons(rows, run, task, attempt, status) };
}

async function reasons(rows: Rows, run: Row<'run'>, task: Row<'task'>, attempt: Row<'attempt'> | undefined, status: string): Promise<Why['waitsFor']> {
  switch (status) {
    case 'pending': return pending(rows, run, task);
    case 'waiting': return [{ kind: task.waitingOn ?? 'fact', detail: task.waitingFor ?? '' }];
    case 'retrying': return [{ kind: 'retry', detail: `attempt ${(task.attempt ?? 0) + 1} is readied at ${new Date(task.retryAt ?? 0).toISOString()}, after: ${(task.failure as { message?: string } | null)?.message ?? 'a failure'}` }];
    case 'ready': return [{ kind: 'scheduler', detail: 'the scheduler has not answered yet' }];
    case 'queued': return queued(rows, attempt!);
    case 'placed': return [{ kind: 'agent', detail: `node ${attempt?.node ?? '?'} was chosen; its agent has not reported the start yet` }];
    default: return [{ kind: 'attempt', detail: `attempt ${task.attempt ?? 1} runs on node ${attempt?.node ?? '?'}` }];
  }
}

async function pending(rows: Rows, run: Row<'run'>, task: Row<'task'>): Promise<Why['waitsFor']> {
  const needs = (task.needs as readonly string[] | null) ?? [];
  const needed = needs.length ? await rows.all('task', { run: run.id, name: needs }) : [];
  const open = needed.filter((other) => !FINISHED.has(other.status ?? ''));
  if (open.length) return open.map((other) => ({ kind: 'task', detail: `${other.name} has not ended: ${other.status === 'ready' ? 'queued or running' : other.status}` }));
  return [{ kind: 'resolver', detail: 'everything it needs has ended; the resolver has not decided it yet' }];
}

async function queued(rows: Rows, attempt: Row<'attempt'>): Promise<Why['waitsFor']> {
  const waiting = await rows.all('attempt', { pool: attempt.pool!, leftAt: null, placedAt: null });
  const ahead = waiting.filter((other) => (other.priority ?? 0) > (attempt.priority ?? 0) || (other.priority === attempt.priority && (other.queuedAt ?? 0) < (attempt.queuedAt ?? 0))).length;
  const nodes = (await rows.all('node', { pool: attempt.pool! })).filter((node) => node.state === 'ready').length;
  return [{ kind: 'capacity', detail: `${attempt.queueReason ?? 'no room'}; ${ahead} ahead in pool ${attempt.pool}, which has ${nodes} ready node${nodes === 1 ? '' : 's'}` }];
}
