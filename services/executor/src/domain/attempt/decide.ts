import { attemptId, type AttemptResult, type CancelForwarded, type TaskPlaced } from '@novacron/contracts';
import { NOTHING, type Decision, type Message } from '@novacron/kernel';
import type { AttemptsEnded, AttemptsListed, AttemptsSilent, AttemptsStarted, LogKept, Mark, StartAttempt, StopAttempt } from './messages.ts';
import type { Attempt, ExecutorView } from './state.ts';

/** The attempt is ordered to start where the scheduler placed it. */
export function onTaskPlaced(state: ExecutorView, m: TaskPlaced): Decision {
  if (state.attempt.has(attemptId(m))) return NOTHING;
  const { workspace, run, task, attempt, workflow, pool, node, gpus } = m;
  const order: StartAttempt = {
    type: 'StartAttempt', workspace, run, task, attempt, workflow, pool, node, gpus, work: m.work, cpu: m.resources.cpu, memory: m.resources.memory,
  };
  return { events: [{ type: 'AttemptStarting', workspace, run, task, attempt, workflow, pool, node, gpus }], effects: [order as Message] };
}

/** A cancel is a wish: one that comes after the end changes nothing, and the agent may still report another ending. */
export function onCancelForwarded(state: ExecutorView, m: CancelForwarded): Decision {
  const known = state.attempt.get(attemptId(m));
  if (!known || known.status === 'stopping') return NOTHING;
  const mark = markOf(m);
  const order: StopAttempt = { type: 'StopAttempt', ...mark, node: known.node, reason: m.reason };
  return { events: [{ type: 'AttemptStopping', ...mark, reason: m.reason }], effects: [order] };
}

export function onAttemptsStarted(state: ExecutorView, m: AttemptsStarted): Message[] {
  const current = new Set<string>();
  return m.attempts.flatMap((each) => {
    const known = state.attempt.get(attemptId(each));
    if (!known || known.startedAt !== undefined || repeated(current, each)) return [];
    return [{ type: 'AttemptStarted', ...placed(known, each), startedAt: each.startedAt }];
  });
}

/** Each current attempt ends once; results of ended, unknown and foreign attempts change nothing. */
export function onAttemptsEnded(state: ExecutorView, m: AttemptsEnded): Message[] {
  const events: Message[] = [];
  const ended = new Set<string>();
  for (const result of m.results) {
    const known = state.attempt.get(attemptId(result));
    if (known && known.node === result.node && !repeated(ended, result)) events.push(ending(known, result));
  }
  return events;
}

export function onAttemptsSilent(state: ExecutorView, m: AttemptsSilent, context: { now: number }): Message[] {
  const lost = new Set<string>();
  return m.attempts.flatMap((each) => {
    const known = state.attempt.get(attemptId(each));
    if (!known || repeated(lost, each)) return [];
    return [{ type: 'AttemptLost', ...placed(known, each), ...span(known.startedAt, context.now), reason: m.reason }];
  });
}

/** Changes nothing; the reply tells the edge which of the listed attempts nobody waits for. */
export function onAttemptsListed(state: ExecutorView, m: AttemptsListed): Decision {
  return { events: [], reply: m.attempts.filter((each) => !state.attempt.has(attemptId(each))) };
}

/** Pieces come in order, so a lower number is a repeat. The last ones may come after the end: readers keep them by (attempt, chunk). */
export function onLogKept(state: ExecutorView, m: LogKept): Message[] {
  const known = state.attempt.get(attemptId(m));
  if (known && m.chunk < known.chunks) return [];
  return [{ type: 'LogStored', workspace: m.workspace, ...markOf(m), chunk: m.chunk, hash: m.hash, size: m.size }];
}

function ending(known: Attempt, result: AttemptResult): Message {
  const { outcome } = result;
  const said = { ...placed(known, result), ...span(result.startedAt ?? known.startedAt, result.endedAt) };
  switch (outcome.kind) {
    case 'succeeded': return { type: 'AttemptSucceeded', ...said, outputs: outcome.outputs, ...(outcome.files && { files: outcome.files }) };
    case 'failed': return { type: 'AttemptFailed', ...said, failure: outcome.failure };
    case 'cancelled': return { type: 'AttemptCancelled', ...said, reason: outcome.reason };
    case 'lost': return { type: 'AttemptLost', ...said, reason: outcome.reason };
  }
}

const markOf = ({ run, task, attempt }: Mark): Mark => ({ run, task, attempt });

function placed({ workspace, workflow, pool, node }: Attempt, { run, task, attempt }: Mark) {
  return { workspace, run, task, attempt, workflow, pool, node };
}

const span = (startedAt: number | undefined, endedAt: number) => (startedAt === undefined ? { endedAt } : { startedAt, endedAt });

/** Within one input the state does not change yet, so the second mention is caught here. */
function repeated(seen: Set<string>, mark: Mark): boolean {
  const id = attemptId(mark);
  if (seen.has(id)) return true;
  seen.add(id);
  return false;
}
