import type * as C from '@novacron/contracts';
import { placeOf, type Commit } from './reading.ts';
import type { Report, Rule } from './rule.ts';

interface Run {
  readonly at: string;
  started?: string;
  ended?: string;
  tasks: number;
  endings: number;
}
type OfRun = { readonly type: string; readonly run: string };
type Said = { readonly type: string; readonly command?: string | undefined; readonly run?: string };

const ENDINGS = ['RunSucceeded', 'RunFailed', 'RunCancelled'] as const;
const TASK_ENDINGS = ['TaskSucceeded', 'TaskFailed', 'TaskSkipped', 'TaskCancelled'] as const;

/**
 * Invariant 11: submitted = succeeded + failed + cancelled + running + refused + skipped: every wish for a run comes to one of them, every run starts and
 * ends once, and with it every task of its definition.
 */
export function accounting(report: Report): Rule {
  const wishes = new Map<string, { readonly at: string; came?: string }>();
  const runs = new Map<string, Run>();
  const counts = { submitted: 0, refused: 0, skipped: 0, succeeded: 0, failed: 0, cancelled: 0 };

  function wished({ command }: C.RunRequested, commit: Commit): void {
    counts.submitted++;
    wishes.set(command, { at: placeOf(commit) });
  }

  /** A command comes to something; a wish of a trigger has none. */
  function came({ type, command }: Said, commit: Commit): void {
    const wish = command === undefined ? undefined : wishes.get(command);
    if (!wish) return;
    if (wish.came !== undefined) report(placeOf(commit), `${type} for the command ${command}, which came to something at ${wish.came}`);
    wish.came = placeOf(commit);
  }

  function admitted(event: C.RunAdmitted, commit: Commit): void {
    const before = runs.get(event.run);
    if (before) return report(placeOf(commit), `run ${event.run} is let in again, first at ${before.at}`);
    runs.set(event.run, { at: placeOf(commit), tasks: 0, endings: 0 });
    came(event, commit);
  }

  function started({ run, definition }: C.RunStarted, commit: Commit): void {
    const known = runs.get(run);
    if (!known) return report(placeOf(commit), `run ${run} starts, and was never let in`);
    if (known.started !== undefined) report(placeOf(commit), `run ${run} starts again, first at ${known.started}`);
    known.started = placeOf(commit);
    known.tasks = definition.tasks.length;
  }

  function taskEnded({ run, task }: C.TaskSucceeded, commit: Commit): void {
    const known = runs.get(run);
    if (known?.started === undefined || known.ended !== undefined) report(placeOf(commit), `task ${run}/${task} ends outside its run`);
    if (known && !task.endsWith(']')) known.endings++;
  }

  function ended(event: OfRun, commit: Commit): void {
    const known = runs.get(event.run);
    if (!known) return report(placeOf(commit), `${event.type} of ${event.run}, which was never let in`);
    if (known.ended !== undefined) return report(placeOf(commit), `${event.type} of ${event.run}, which ended at ${known.ended}`);
    known.ended = placeOf(commit);
    if (known.started === undefined && event.type !== 'RunCancelled') report(placeOf(commit), `${event.type} of ${event.run}, which never started`);
    if (known.started !== undefined && known.endings !== known.tasks) report(placeOf(commit), `${event.type} of ${event.run} after ${known.endings} of its ${known.tasks} tasks`);
    if (event.type === 'RunSucceeded') counts.succeeded++;
    else if (event.type === 'RunFailed') counts.failed++;
    else counts.cancelled++;
  }

  return {
    events: {
      RunRequested: wished, RunRetryRequested: wished, RunAdmitted: admitted, RunStarted: started,
      RunCommandRefused: (event: C.RunCommandRefused, commit: Commit) => {
        if (event.command !== undefined && wishes.has(event.command)) counts.refused++;
        came(event, commit);
      },
      RunRefused: (event: C.RunRefused, commit: Commit) => {
        counts.refused++;
        came(event, commit);
      },
      RunSkipped: (event: C.RunSkipped, commit: Commit) => {
        counts.skipped++;
        came(event, commit);
      },
      ...Object.fromEntries(TASK_ENDINGS.map((type) => [type, taskEnded])),
      ...Object.fromEntries(ENDINGS.map((type) => [type, ended])),
    },
    commit(commit, answered) {
      if (commit.topic !== 'resolver') return;
      for (const { event } of answered) {
        if (event.type !== 'TriggerFired') continue;
        const { trigger, occasion } = event as unknown as C.TriggerFired;
        if (commit.events.some(({ cause }) => (cause as C.Cause | undefined)?.occasion === occasion && (cause as C.Cause).by === trigger)) counts.submitted++;
      }
    },
    end() {
      for (const [command, { at, came: to }] of wishes) if (to === undefined) report(at, `the command ${command} wished for a run and came to nothing`);
      const { submitted, refused, skipped, succeeded, failed, cancelled } = counts;
      const running = [...runs.values()].filter((run) => run.ended === undefined).length;
      const sum = succeeded + failed + cancelled + running + refused + skipped;
      if (submitted !== sum) report('resolver', `${submitted} runs were submitted, and ${succeeded} succeeded + ${failed} failed + ${cancelled} cancelled + ${running} running + ${refused} refused + ${skipped} skipped = ${sum}`);
    },
  };
}
