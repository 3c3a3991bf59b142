import type { Decision } from '@novacron/kernel';
import type { Draft } from './draft.ts';
import { endGroupWhenDone } from './endings.ts';
import { finish } from './finish.ts';
import { consider, unfold } from './readiness.ts';

/** Follows up on everything that was said, until nothing more follows or the commit is full. */
export function settle(draft: Draft): Decision {
  if (draft.run.stop) {
    for (const group of draft.unfolding) endGroupWhenDone(draft, group);
  } else if (!followUp(draft)) continueLater(draft, '');
  if (draft.run.open === 0) finish(draft);
  return draft.decision;
}

/** Ends the commit here; the newest `RunContinued` takes up all that is left. */
export function continueLater(draft: Draft, cursor: string): void {
  draft.say({ type: 'RunContinued', run: draft.id, from: `${draft.run.slice + 1}${cursor}` });
}

function followUp(draft: Draft): boolean {
  const { due, unfolding } = draft;
  let nextDue = 0;
  let nextGroup = 0;
  while (nextDue < due.length || nextGroup < unfolding.length) {
    if (draft.full) return false;
    if (nextDue < due.length) consider(draft, due[nextDue++]!);
    else if (unfold(draft, unfolding[nextGroup]!)) nextGroup++;
    else return false;
  }
  return true;
}
