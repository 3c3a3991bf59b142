import type { Json } from '@novacron/kernel';
import { evaluate } from '@novacron/workflow';
import type { Draft } from './draft.ts';
import { fail } from './endings.ts';
import { scopeOf } from './scope.ts';

const MOST_INSTANCES = 100_000;
/** Items travel in one event. */
const MOST_BYTES = 64 * 1024;

/** Makes instances of a forEach task (WP-07: the count comes from the data); they are readied one after the other. */
export function expand(draft: Draft, task: string): void {
  const { forEach } = draft.shape(task).task;
  const outcome = evaluate(forEach!, scopeOf(draft, task));
  if (!outcome.ok) return fail(draft, task, { class: 'permanent', code: 'ForEachFailed', message: `forEach: ${outcome.message}` });
  const over = outcome.value;
  const count = Array.isArray(over) ? over.length : over;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) {
    return fail(draft, task, { class: 'data', code: 'ForEachFailed', message: `forEach: '${forEach}' gives neither a list nor a count` });
  }
  const bytes = Array.isArray(over) ? JSON.stringify(over).length : 0;
  if (count > MOST_INSTANCES || bytes > MOST_BYTES) {
    return fail(draft, task, { class: 'data', code: 'ForEachTooLarge', message: `forEach: ${count} items of ${bytes} bytes; at most ${MOST_INSTANCES} items and ${MOST_BYTES} bytes, a count has no bytes` });
  }
  draft.bytes += bytes;
  draft.say({ type: 'TasksExpanded', ...draft.ofRun, task, count, ...(Array.isArray(over) ? { items: over as Json[] } : {}) });
  draft.unfolding.push(task);
}
