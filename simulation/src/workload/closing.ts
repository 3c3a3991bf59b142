import type { Caller } from './caller.ts';
import { applyWorkflow, publishVersion, removeTrigger, resumeNode, setQuota } from './commands.ts';
import { SCHEMA } from './definitions.ts';
import type { Plan } from './plan.ts';

/** Takes away whatever would let something wait, or begin, for ever: so that all that is left must end by itself. */
export async function close(caller: Caller, { teams, nodes, pools, around }: Plan): Promise<void> {
  for (const { name, workflows } of teams) {
    for (const workflow of workflows) {
      await caller.settle(applyWorkflow(name, { ...workflow, triggers: [] }));
      for (const trigger of ['extra0', 'extra1']) await caller.settle(removeTrigger(name, workflow.name, trigger));
    }
  }
  for (const { pool, name } of nodes) await caller.settle(resumeNode(pool, name));
  for (const pool of pools) for (const { name } of teams) await caller.settle(setQuota(pool, name, { cpu: null, memory: null, gpu: null }));
  for (const model of around.models) {
    const [owner = ''] = model.split('/');
    for (const version of ['1.900.0', '2.900.0']) await caller.settle(publishVersion(owner, model, { version, metrics: { top1: 0.99 }, schema: SCHEMA }));
  }
}
