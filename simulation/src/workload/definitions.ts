import type { FailureClass, ModelNeed, Resources, TaskDefinition, TriggerDefinition, WorkflowDefinition } from '@novacron/contracts';
import type { Dice } from '../dice.ts';
import { shape } from './shapes.ts';
import type { Behaviour } from './user-code.ts';

/** What a workflow may rely on. */
export interface Surroundings {
  readonly workspace: string;
  readonly pools: readonly { readonly name: string; readonly gpus: number }[];
  /** Models of all teams, as `workspace/name`. */
  readonly models: readonly string[];
}

export const SCHEMA = { input: { pixels: 'array' }, output: { label: 'string', score: 'number' } };
const OTHER_SCHEMA = { input: { pixels: 'array' }, output: { label: 'number' } };
const SECOND = 1_000;

/** A task that says only what is particular about it, so that thousands fit into one commit. */
export function task(name: string, does: Behaviour, more: Partial<TaskDefinition> = {}): TaskDefinition {
  return { name, needs: [], models: [], kind: 'function', uses: `./tasks.mjs#${does}`, params: {}, inputs: {}, ...more };
}

export function workflowOf(name: string, tasks: readonly TaskDefinition[], more: Partial<WorkflowDefinition> = {}): WorkflowDefinition {
  return { name, params: {}, tasks, triggers: [], concurrency: { limit: 1_000, onConflict: 'queue' }, pool: 'default', priority: 50, outputs: {}, ...more };
}

/** What a team writes: a graph of about eight tasks, now and then many more, with whatever the language has. */
export function teamWorkflow(dice: Dice, name: string, around: Surroundings, most: number): WorkflowDefinition {
  const pool = dice.pick(around.pools);
  const tasks = shape(dice, dice.tail(8, most)).map((needs, i) => teamTask(dice, `t${i}`, needs.map((n) => `t${n}`), { ...around, gpus: pool.gpus }));
  const named = new Map(tasks.map((each) => [each.name, each]));
  return workflowOf(name, tasks.map((each) => withData(dice, each, named)), {
    pool: pool.name,
    triggers: dice.chance(0.5) ? [trigger(dice, 'declared', around)] : [],
    concurrency: dice.chance(0.4) ? { limit: dice.between(1, 2), onConflict: dice.pick(['queue', 'skip', 'replace']) } : { limit: 1_000, onConflict: 'queue' },
    priority: dice.between(0, 100),
    params: { day: { type: 'string', default: 'today', required: false }, ...(dice.chance(0.1) && { must: { required: true } }) },
    // What asks for more than there is would else wait for ever.
    ...((dice.chance(0.15) || tasks.some(isTooLarge)) && { timeout: dice.between(10, 90) * SECOND }),
    ...(dice.chance(0.2) && { outputs: { first: '${{ tasks.t0.state }}' } }),
  });
}

function teamTask(dice: Dice, name: string, needs: readonly string[], around: Surroundings & { readonly gpus: number }): TaskDefinition {
  const does = dice.pick<Behaviour>(['steady', 'steady', 'steady', 'steady', 'talks', 'flaky', 'flaky', 'starved', 'counts', 'lists', 'trains', 'quick']);
  const kind = dice.pick(['function', 'function', 'function', 'process', 'none'] as const);
  if (kind === 'none') return { name, needs, models: [], kind, params: {}, inputs: {} };
  const rare = dice.chance(0.08) ? task(name, ...rarely(dice)) : task(name, does);
  const runs = kind === 'process' ? { kind, run: [rare.uses!.slice(rare.uses!.indexOf('#') + 1)], uses: undefined } : {};
  const asks = resources(dice, around.gpus);
  const { uses: _, ...bare } = rare;
  return {
    ...(kind === 'process' ? bare : rare), ...(kind === 'process' && { kind, run: runs.run! }), needs,
    ...(dice.chance(0.12) && { models: [modelNeed(dice, around)] }),
    ...(rare.retry === undefined && dice.chance(0.5) && { retry: retry(dice) }),
    ...(asks && { resources: asks }),
    ...(does === 'trains' && rare.uses!.endsWith('#trains') && { publishes: publication(dice, around) }),
  };
}

/** Tasks that do not end well by themselves; what would never end has a timeout. */
function rarely(dice: Dice): [Behaviour, Partial<TaskDefinition>] {
  const timed = { timeout: dice.between(1, 8) * SECOND, grace: SECOND };
  return dice.pick<[Behaviour, Partial<TaskDefinition>]>([['broken', {}], ['endless', timed], ['stubborn', timed], ['garbles', { outputs: { n: 'number' } }]]);
}

function retry(dice: Dice): NonNullable<TaskDefinition['retry']> {
  const on: readonly FailureClass[] = dice.chance(0.3) ? ['transient', 'permanent', 'data', 'resource'] : ['transient', 'resource'];
  return { limit: dice.between(0, 3), on, backoff: { initial: dice.between(10, 2_000), factor: 2, max: 10_000, jitter: 0.2 } };
}

const TOO_MUCH: Resources = { cpu: 1_000, memory: 0, gpu: 0 };
const isTooLarge = ({ resources: asks }: TaskDefinition): boolean => asks?.cpu === TOO_MUCH.cpu;

function resources(dice: Dice, gpus: number): Resources | undefined {
  if (gpus > 0 && dice.chance(0.4)) return { cpu: 0.5, memory: 64, gpu: dice.between(1, Math.min(2, gpus)), ...(dice.chance(0.3) && { gpuType: 'a100' }) };
  if (dice.chance(0.02)) return TOO_MUCH;
  return dice.chance(0.3) ? { cpu: dice.pick([0.1, 0.5, 1]), memory: dice.pick([0, 100, 500]), gpu: 0 } : undefined;
}

/** A need that nobody may ever meet has a timeout. */
function modelNeed(dice: Dice, { models }: Surroundings): ModelNeed {
  const sure = dice.chance(0.5);
  return {
    model: dice.pick(models), range: sure ? '^1.0.0' : dice.pick(['^1.0.0', '>=1.0.0', '^2.0.0', '^7.0.0']),
    ...(!sure && { timeout: dice.between(1, 20) * SECOND, compat: dice.chance(0.5) ? { outputs: 'backward' as const } : { metrics: { top1: '>=0.80' } } }),
  };
}

function publication(dice: Dice, { workspace, models }: Surroundings): NonNullable<TaskDefinition['publishes']> {
  const own = models.filter((model) => model.startsWith(`${workspace}/`));
  return {
    // Another team's model is refused.
    model: own.length === 0 || dice.chance(0.05) ? models[0]! : dice.pick(own), version: '${{ outputs.version }}', metrics: { top1: '${{ outputs.top1 }}' },
    ...(dice.chance(0.7) && { schema: dice.chance(0.8) ? SCHEMA : OTHER_SCHEMA }),
  };
}

/** Conditions and instances over what the tasks before give. */
function withData(dice: Dice, one: TaskDefinition, tasks: ReadonlyMap<string, TaskDefinition>): TaskDefinition {
  const need = one.needs[0];
  if (one.publishes || need === undefined) return one;
  const gives = nameOf(tasks.get(need)!);
  if (gives === 'counts' && dice.chance(0.7)) return { ...one, forEach: `tasks.${need}.outputs.count`, ...(dice.chance(0.5) && { maxParallel: dice.between(1, 3) }) };
  if (gives === 'lists' && dice.chance(0.7)) return { ...one, forEach: `tasks.${need}.outputs.items`, inputs: one.kind === 'none' ? {} : { item: '${{ item }}' } };
  if (gives === 'steady' && dice.chance(0.15)) return { ...one, when: `tasks.${need}.outputs.n > ${dice.int(60)}` };
  if (dice.chance(0.1)) return { ...one, when: `tasks.${need}.state ${dice.pick(["== 'failed'", "!= 'running'", "== 'skipped'"])}` };
  return one;
}

const nameOf = ({ uses, run }: TaskDefinition): string => (uses ? uses.slice(uses.indexOf('#') + 1) : String(run?.[0]));

export function trigger(dice: Dice, name: string, { models }: Surroundings): TriggerDefinition {
  const catchup = dice.pick([undefined, 'skip', 'latest', 'all'] as const);
  // What cannot be filled is skipped, and says so.
  const day = dice.pick([undefined, undefined, '${{ trigger.time }}', '${{ trigger.nothing.there }}']);
  const timed = { name, params: day === undefined ? {} : { day }, ...(catchup && { catchup }) };
  switch (dice.pick(['cron', 'interval', 'file', 'model', 'model'] as const)) {
    case 'cron': return { ...timed, kind: 'cron', cron: dice.pick(['* * * * *', '*/2 * * * *', '*/5 * * * *', '0,30 * * * *', '7 3 * * 1-5']) };
    case 'interval': return { ...timed, kind: 'interval', every: dice.between(15, 90) * SECOND };
    case 'file': return { name, kind: 'file', path: dice.pick(['*.csv', 'data-?.csv']), params: dice.chance(0.5) ? { day: '${{ trigger.file.name }}' } : {} };
    case 'model': return { name, kind: 'model', model: dice.pick(models), range: dice.pick(['^1.0.0', '*', '^2.0.0']), params: {}, ...(dice.chance(0.3) && { compat: { outputs: 'backward' } }) };
  }
}
