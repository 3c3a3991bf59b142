import type { RunContinued } from '@novacron/contracts';
import { NOTHING, type DecideContext, type Decision } from '@novacron/kernel';
import { Draft, MOST_EVENTS, type RunView } from './draft.ts';
import { settle } from './settle.ts';
import { stopFrom } from './stop.ts';

/** Takes up what did not fit into the commit before: endings of a stop, tasks that are due, instances, rows of a finished run. */
export function onRunContinued(state: RunView, message: RunContinued, context: DecideContext): Decision {
  const [slice = 0, order = 0, index = 0] = message.from.split(':').map(Number);
  const run = state.run.get(message.run);
  if (!run) return sweepOn(state, message.run, slice);
  if (run.slice !== slice) return NOTHING;
  const draft = new Draft(state, message.run, context);
  if (run.stop) return stopFrom(draft, order, index);
  for (const id of state.task.list('due', message.run)) {
    draft.due.push(nameIn(message.run, id));
    // Each says something, so more than fill a commit need not be looked at.
    if (draft.due.length > MOST_EVENTS) break;
  }
  for (const id of state.group.list('unfolding', message.run)) draft.unfolding.push(nameIn(message.run, id));
  return settle(draft);
}

/** The next answer finds nothing left to remove and ends it. */
function sweepOn(state: RunView, run: string, slice: number): Decision {
  const tombstone = state.tombstone.get(run);
  if (!tombstone?.sweep || tombstone.slice !== slice) return NOTHING;
  return { events: [{ type: 'RunSwept', run }, { type: 'RunContinued', run, from: `${slice + 1}` }] };
}

const nameIn = (run: string, id: string): string => id.slice(run.length + 1);
