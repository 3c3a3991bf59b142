import type * as C from '@novacron/contracts';
import { placeOf, type Commit } from './reading.ts';
import type { Report, Rule } from './rule.ts';

interface Mark {
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
}
interface Task {
  /** The newest attempt that was readied; 0 before the first. */
  readied: number;
  ended?: string;
}
interface Attempt {
  placed?: string;
  starting?: string;
  ended?: string;
  released?: string;
  succeeded?: boolean;
}

const idOf = ({ run, task, attempt }: Mark): string => `${run}/${task}/${attempt}`;
const ENDINGS = ['AttemptSucceeded', 'AttemptFailed', 'AttemptCancelled', 'AttemptLost'] as const;
const TASK_ENDINGS = ['TaskSucceeded', 'TaskFailed', 'TaskSkipped', 'TaskCancelled'] as const;

/** Invariant 2: an attempt has at most one terminal event, a task at most one ending; attempt numbers are never used twice, and a success rests on the attempt's own. */
export function endings(report: Report): Rule {
  const tasks = new Map<string, Task>();
  const attempts = new Map<string, Attempt>();
  const deliveries = new Map<string, string>();

  function taskOf({ run, task }: { run: string; task: string }): Task {
    const id = `${run}/${task}`;
    let known = tasks.get(id);
    if (!known) tasks.set(id, (known = { readied: 0 }));
    return known;
  }

  function attemptOf(mark: Mark): Attempt {
    const id = idOf(mark);
    let known = attempts.get(id);
    if (!known) attempts.set(id, (known = {}));
    return known;
  }

  function first(known: Attempt, step: 'placed' | 'starting' | 'ended' | 'released', mark: Mark, commit: Commit): void {
    if (known[step] !== undefined) report(placeOf(commit), `attempt ${idOf(mark)} is ${step} again, first at ${known[step]}`);
    else known[step] = placeOf(commit);
  }

  function ready(event: C.TaskReady, commit: Commit): void {
    const task = taskOf(event);
    if (task.ended !== undefined) report(placeOf(commit), `task ${event.run}/${event.task} is readied, and ended at ${task.ended}`);
    if (event.attempt !== task.readied + 1) report(placeOf(commit), `attempt ${idOf(event)} is readied after attempt ${task.readied}`);
    task.readied = Math.max(task.readied, event.attempt);
  }

  function endTask(event: C.TaskSucceeded & { attempt?: number }, commit: Commit): void {
    const task = taskOf(event);
    if (task.ended !== undefined) report(placeOf(commit), `${event.type} of ${event.run}/${event.task}, which ended at ${task.ended}`);
    task.ended = placeOf(commit);
    if (event.type !== 'TaskSucceeded' || task.readied === 0) return;
    if (event.attempt !== task.readied) report(placeOf(commit), `task ${event.run}/${event.task} succeeds by attempt ${event.attempt}, and attempt ${task.readied} counts`);
    else if (!attempts.get(idOf(event))?.succeeded) report(placeOf(commit), `task ${event.run}/${event.task} succeeds, and the executor never said so of its attempt ${event.attempt}`);
  }

  function start(event: C.AttemptStarting, commit: Commit): void {
    const known = attemptOf(event);
    first(known, 'starting', event, commit);
    if (known.ended !== undefined) report(placeOf(commit), `attempt ${idOf(event)} starts, and ended at ${known.ended}`);
  }

  function end(event: C.AttemptSucceeded, commit: Commit): void {
    const known = attemptOf(event);
    if (known.starting === undefined) report(placeOf(commit), `${event.type} of ${idOf(event)}, which was never ordered to start`);
    first(known, 'ended', event, commit);
    if (event.type === 'AttemptSucceeded') known.succeeded = true;
  }

  function endDelivery({ type, delivery }: C.DeliverySucceeded, commit: Commit): void {
    const before = deliveries.get(delivery);
    if (before !== undefined) report(placeOf(commit), `${type} of delivery ${delivery}, which ended at ${before}`);
    deliveries.set(delivery, placeOf(commit));
  }

  return {
    events: {
      TaskReady: ready, AttemptStarting: start,
      TaskPlaced: (event: C.TaskPlaced, commit: Commit) => first(attemptOf(event), 'placed', event, commit),
      TaskReleased: (event: C.TaskReleased, commit: Commit) => first(attemptOf(event), 'released', event, commit),
      ...Object.fromEntries(TASK_ENDINGS.map((type) => [type, endTask])),
      ...Object.fromEntries(ENDINGS.map((type) => [type, end])),
      DeliverySucceeded: endDelivery, DeliveryAbandoned: endDelivery,
    },
  };
}
