import type { Command } from 'commander';
import type { TriggerSpec, TriggerView } from '@novacron/client';
import { CliError } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import type { Column } from '../output.ts';
import { ago, span } from '../text.ts';
import { assignment, pair } from '../values.ts';

interface ApplyOptions {
  readonly cron?: string;
  readonly timezone?: string;
  readonly every?: string;
  readonly file?: string;
  readonly model?: string;
  readonly range?: string;
  readonly catchup?: 'skip' | 'latest' | 'all';
  readonly param?: NonNullable<TriggerSpec['params']>;
}

export function addTrigger(program: Command, invocation: Invocation): void {
  const trigger = program.command('trigger').description('what starts runs by itself; <trigger> is workflow/name');
  trigger.command('apply <trigger>').description('create or replace a trigger apart from its workflow')
    .option('--cron <expression>', 'at these times').option('--timezone <zone>', 'of --cron; UTC').option('--every <duration>', 'so often')
    .option('--file <glob>', 'when a file of this name arrives in the inbox').option('--model <workspace/name>', 'when a version is published').option('--range <range>', 'of --model: semver range')
    .option('--catchup <policy>', 'times that passed while nothing could fire: skip, latest or all').option('-p, --param <name=value>', 'a parameter of the run; may use trigger.*; repeatable', assignment)
    .action((id: string, options: ApplyOptions) => apply(invocation, id, options));
  trigger.command('list').description('triggers with their last firing').action(() => list(invocation));
  trigger.command('remove <trigger>').description('remove a trigger').action(async (id: string) => {
    const { client, ws } = await invocation.open();
    await invocation.output.one(await client.triggers.remove(ws, ...pair(id, 'trigger: write workflow/name')), () => `trigger ${id} is gone`);
  });
}

async function apply(invocation: Invocation, id: string, options: ApplyOptions): Promise<void> {
  const spec = specOf(options);
  const { client, ws } = await invocation.open();
  await invocation.output.one(await client.triggers.apply(ws, ...pair(id, 'trigger: write workflow/name'), spec), () => `trigger ${id} fires ${when(spec)}`);
}

function specOf({ cron, timezone, every, file, model, range, catchup, param: params = {} }: ApplyOptions): TriggerSpec {
  const given = (<T extends object>(value: T): Partial<T> => Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<T>);
  const kinds: TriggerSpec[] = [];
  if (cron !== undefined) kinds.push({ kind: 'cron', cron, ...given({ timezone, catchup }), params });
  if (every !== undefined) kinds.push({ kind: 'interval', every, ...given({ catchup }), params });
  if (file !== undefined) kinds.push({ kind: 'file', path: file, params });
  if (model !== undefined) kinds.push({ kind: 'model', model, ...given({ range }), params });
  if (kinds.length === 1) return kinds[0]!;
  throw new CliError('Usage', 'A trigger has one of --cron, --every, --file and --model.');
}

function when({ cron, timezone, every, path, model, range }: TriggerSpec): string {
  if (cron !== undefined) return `at ${cron} ${timezone ?? 'UTC'}`;
  if (every !== undefined) return `every ${typeof every === 'number' ? span(every) : every}`;
  return path === undefined ? `for ${model} ${range ?? 'any version'}` : `for files ${path}`;
}

async function list(invocation: Invocation): Promise<void> {
  const { client, ws } = await invocation.open();
  const now = invocation.now;
  const columns: Column<TriggerView>[] = [
    { title: 'TRIGGER', of: ({ id }) => id }, { title: 'FIRES', of: ({ definition }) => when(definition) }, { title: 'LAST', of: ({ firedAt }) => ago(firedAt, now) }, { title: 'FOR', of: ({ occasion }) => occasion },
    { title: 'CONFLICT', of: ({ conflict }) => conflict }, { title: 'DECLARED', of: ({ declared }) => (declared ? 'in its workflow' : 'apart'), wide: true },
  ];
  await invocation.output.list((await client.triggers.list(ws, { limit: 1_000 })).items, columns, `No triggers in ${ws}.`);
}
