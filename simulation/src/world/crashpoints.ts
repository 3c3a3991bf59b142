import type { FaultKind } from '../faults/kinds.ts';
import type { Process } from '../time/process.ts';

/** Every place where a crash could matter, by what has and has not happened there. Wrappers around the ports reach them; the code itself knows nothing of them. */
export const CRASHPOINTS = [
  'before claim', 'claim landed, unanswered', 'after claim, before rebuild',
  'before append', 'append landed, unanswered', 'append landed, unconfirmed', 'append failed: unknown', 'append failed: fenced', 'append failed: refused', 'append failed: content',
  'in the middle of reading', 'before snapshot', 'snapshot saved, unanswered', 'snapshot loaded, not folded on', 'frame arrived, unheard', 'frame heard',
  'before effect', 'after effect', 'effect done, outcome not told',
  'agent: before journal', 'agent: journal written', 'agent: before journal is rewritten', 'agent: journal rewritten',
  'agent: frame arrived, unheard', 'agent: frame heard', 'agent: order accepted, not begun', 'agent: user code ended, not recorded', 'agent: result recorded, not sent',
] as const;

/** What must go wrong for a place to be reached in more than one workload of a hundred. */
const FAULT_BEFORE: Readonly<Record<string, FaultKind>> = { 'append failed: content': 'content refused' };
export const faultBefore = (point: string | undefined): FaultKind | undefined => (point === undefined ? undefined : FAULT_BEFORE[point]);

/** Counts how often each point was reached, and kills there at the n-th time where that is asked. */
export class Crashpoints {
  readonly reached = new Map<string, number>();
  readonly killed = new Map<string, number>();
  private readonly plan: { readonly name: string; readonly nth: number } | undefined;

  constructor(plan?: { readonly name: string; readonly nth: number }) {
    this.plan = plan;
  }

  at(name: string, process: Process, kill: () => void): void {
    if (!process.alive) return;
    const n = (this.reached.get(name) ?? 0) + 1;
    this.reached.set(name, n);
    if (this.plan?.name !== name || this.plan.nth !== n) return;
    this.killed.set(name, (this.killed.get(name) ?? 0) + 1);
    kill();
  }
}
