import type { Draft } from './draft.ts';
import { waitTimer } from './endings.ts';
import { pinKey } from './shape.ts';
import { taskId } from './state.ts';

/** Asks for every model that the run has not pinned yet; says whether the task must wait. DP-10, DP-19. */
export function awaitModels(draft: Draft, task: string): boolean {
  const asked = new Set<string>();
  for (const need of draft.shape(task).task.models) {
    const pin = pinKey(need);
    if (asked.has(pin) || draft.rows.pin.get(taskId(draft.id, pin))) continue;
    asked.add(pin);
    const wait = draft.context.newId();
    const deadline = need.timeout === undefined ? undefined : draft.context.now + need.timeout;
    draft.say({ type: 'ModelAwaited', ...draft.ofRun, task, wait, model: need.model, range: need.range, compat: need.compat, deadline });
    if (deadline !== undefined) draft.setTimer(waitTimer(wait), deadline, { type: 'ModelWaitExpired', run: draft.id, task, wait });
    draft.say({ type: 'TaskWaiting', ...draft.ofRun, task, on: 'model', detail: `${need.model} ${need.range}` });
  }
  return asked.size > 0;
}
