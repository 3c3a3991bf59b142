import { InvalidArgumentError, type Command } from 'commander';
import type { QuotaView } from '@novacron/client';
import type { Invocation } from '../invocation.ts';
import type { Column } from '../output.ts';
import { number } from '../values.ts';

/** Not null: commander would take that for "no value". */
type Bound = number | 'none';
const bound = (text: string): Bound => {
  if (text === 'none') return text;
  if (number(text) < 0) throw new InvalidArgumentError('It is not negative.');
  return number(text);
};
const limitOf = (given: Bound): number | null => (given === 'none' ? null : given);

interface SetOptions {
  readonly pool: string;
  readonly cpu: Bound;
  readonly memory: Bound;
  readonly gpu: Bound;
}

export function addQuota(program: Command, invocation: Invocation): void {
  const quota = program.command('quota').description('what workspaces may hold of a pool');
  quota.command('set <workspace>').description('bound what a workspace may hold; what is left out is unbounded').option('--pool <name>', 'of this pool', 'default')
    .option('--cpu <cores>', 'cores, or none', bound, 'none').option('--memory <MiB>', 'memory, or none', bound, 'none').option('--gpu <n>', 'devices, or none', bound, 'none')
    .action(async (grantee: string, { pool, cpu, memory, gpu }: SetOptions) => {
      const limit = { cpu: limitOf(cpu), memory: limitOf(memory), gpu: limitOf(gpu) };
      await invocation.output.one(await (await invocation.client()).pools.setQuota(pool, grantee, limit), () => `${grantee} may hold of ${pool}: ${shown(limit)}`);
    });
  quota.command('list').description('quotas').action(async () => {
    const columns: Column<QuotaView>[] = [
      { title: 'POOL', of: ({ pool }) => pool }, { title: 'WORKSPACE', of: ({ grantee }) => grantee }, { title: 'CPU', of: ({ limit }) => limit.cpu }, { title: 'MEMORY', of: ({ limit }) => limit.memory }, { title: 'GPU', of: ({ limit }) => limit.gpu },
    ];
    await invocation.output.list(await (await invocation.client()).pools.quotas(), columns, 'No quotas: every workspace may hold what a pool has.');
  });
}

const shown = (limit: QuotaView['limit']): string => Object.entries(limit).map(([name, value]) => `${name} ${value ?? 'unbounded'}`).join(', ');
