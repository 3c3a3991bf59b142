import type { WorkflowDefinition } from '@novacron/contracts';
import type { Dice } from '../dice.ts';
import type { Caller, Identity } from './caller.ts';
import type { Closing } from './closing.ts';
import { addDestination, applyWorkflow, createKey, createWorkspace, grantModel, publishVersion, setPool, setQuota } from './commands.ts';
import { SCHEMA } from './definitions.ts';
import type { Plan, Team } from './plan.ts';

/** What must never be seen again once it was handed in. */
export const SECRETS = ['canary-root-key', 'canary-operator-key', 'canary-viewer-key', 'canary-path', 'Y2FuYXJ5LXNpZ25pbmcta2V5LW9mLXRoZS13ZWJob29r'] as const;
export const [ROOT_KEY, OPERATOR_KEY, VIEWER_KEY, PATH, SIGNING] = SECRETS;

/** Where posts go; what a receiver answers is in its name. */
export const hookOf = (temper: string): string => JSON.stringify({ url: `https://${temper}.hooks.test/${PATH}`, secret: `whsec_${SIGNING}` });
export const TEMPERS = ['calm', 'calm', 'busy', 'gone'] as const;

/** Everything that must be there before anybody asks for runs. */
export async function prepare(caller: Caller, dice: Dice, { teams, pools, around }: Plan, closing: Closing): Promise<Map<string, Identity[]>> {
  const keys = new Map<string, Identity[]>();
  for (const team of teams) {
    await caller.ask(createWorkspace(team.name));
    keys.set(team.name, await keysOf(caller, dice, team));
    if (dice.chance(0.5)) await caller.ask(addDestination(team.name, 'chat', dice.pick(['webhook', 'slack']), caller.port.seal(hookOf(dice.pick(TEMPERS))), [dice.pick(['*', 'run.failed'])]));
    for (const workflow of team.workflows) {
      if (workflow.triggers.length > 0) noteTriggers(closing, team.name, workflow);
      for (const { model, timeout } of workflow.tasks.flatMap(({ models }) => models)) if (timeout === undefined) noteWait(closing, model);
      await caller.settle(applyWorkflow(team.name, workflow));
    }
  }
  for (const model of around.models) for (const { name } of teams) if (!model.startsWith(`${name}/`) && dice.chance(0.7)) await caller.ask(grantModel(model.split('/')[0]!, model, name));
  for (const pool of pools) if (dice.chance(0.3)) await caller.ask(setPool(pool));
  if (dice.chance(0.5)) {
    const [pool, team] = [dice.pick(pools), dice.pick(teams).name];
    noteQuota(closing, pool, team);
    await caller.ask(setQuota(pool, team, { cpu: dice.between(1, 4), memory: null, gpu: dice.chance(0.5) ? 1 : null }));
  }
  return keys;
}

export const noteTriggers = (closing: Closing, team: string, workflow: WorkflowDefinition): void => closing.note(`${team}/${workflow.name}`, applyWorkflow(team, { ...workflow, triggers: [] }));
export const noteQuota = (closing: Closing, pool: string, team: string): void => closing.note(`${pool}/${team}`, setQuota(pool, team, { cpu: null, memory: null, gpu: null }));
/** A version that every wait without a deadline takes. */
const noteWait = (closing: Closing, model: string): void => closing.note(model, publishVersion(model.split('/')[0]!, model, { version: '1.900.0', metrics: { top1: 0.99 }, schema: SCHEMA }));

/** An operator's key, and now and then one that may only look. */
async function keysOf(caller: Caller, dice: Dice, { name }: Team): Promise<Identity[]> {
  const made: Identity[] = [];
  for (const [role, secret] of [['author', OPERATOR_KEY], ...(dice.chance(0.4) ? [['viewer', VIEWER_KEY] as const] : [])] as const) {
    const { command } = await caller.ask(createKey(name, `${role} of ${name}`, role, `${secret}-${name}`));
    if (command !== undefined) made.push({ key: command, workspace: name, role });
  }
  return made;
}
