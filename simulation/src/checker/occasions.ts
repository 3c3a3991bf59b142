import type * as C from '@novacron/contracts';
import { placeOf, type Commit } from './reading.ts';
import type { Report, Rule } from './rule.ts';

/** How long a workflow remembers an occasion, in log time. */
const REMEMBERED_MS = 7 * 86_400_000;

type Said = Pick<C.RunAdmitted, 'workspace' | 'workflow'> & { readonly type: string; readonly cause?: C.Cause };

/** Invariant 5 at the resolver: one run, refusal or skip per trigger and occasion, and none is left out. */
export function occasions(report: Report): Rule {
  const answered = new Map<string, Commit>();

  function said(event: Said, commit: Commit): void {
    const { cause } = event;
    if (cause?.occasion === undefined) return;
    const id = idOf(event, cause.by, cause.occasion);
    const before = answered.get(id);
    if (before && commit.time - before.time < REMEMBERED_MS) report(placeOf(commit), `${event.type} for ${id}, which was answered at ${placeOf(before)}`);
    answered.set(id, commit);
  }

  return {
    events: { RunAdmitted: said, RunRefused: said, RunSkipped: said },
    commit(commit, events) {
      for (const { event } of events) {
        if (event.type !== 'TriggerFired') continue;
        const { workspace, workflow, trigger, occasion } = event as unknown as C.TriggerFired;
        const id = idOf({ workspace, workflow }, trigger, occasion);
        const now = (commit.events as unknown as readonly Said[]).some((one) => one.cause?.occasion === occasion && one.cause.by === trigger);
        if (!now && !answered.has(id)) report(placeOf(commit), `${id} fired, and nothing is said of a run`);
      }
    },
  };
}

const idOf = (of: { workspace: string; workflow: string }, trigger: string, occasion: string): string => `${of.workspace}/${of.workflow}|${trigger}|${occasion}`;
