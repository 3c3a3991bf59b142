import type { TaskDefinition, WorkflowDefinition } from '@novacron/contracts';

/** A function task; every test says only what it is about. */
export function task(name: string, more: Partial<TaskDefinition> = {}): TaskDefinition {
  return { name, needs: [], models: [], kind: 'function', uses: `./tasks.mjs#${name}`, params: {}, inputs: {}, ...more };
}

export function workflow(tasks: readonly TaskDefinition[], more: Partial<WorkflowDefinition> = {}): WorkflowDefinition {
  return { name: 'flow', params: {}, tasks, triggers: [], concurrency: { limit: 1_000, onConflict: 'queue' }, pool: 'default', priority: 50, outputs: {}, ...more };
}

export const chain = (length: number): TaskDefinition[] =>
  Array.from({ length }, (_, i) => task(`t${i}`, i === 0 ? {} : { needs: [`t${i - 1}`] }));
