import { InvalidArgumentError, type Command } from 'commander';
import type { QuotaView } from '@novacron/client';
import type { Invocation } from '../invocation.ts';
import type { Column } from '../output.ts';
import { number } from '../values.ts';

const bound = (text: string): number | null => {
  if (text === 'none') return null;
  if (number(text) < 0) throw new InvalidArgumentError('It is not negative.');
  return number(text);
};

export function addQuota(program: Command, invocation: Invocation): void {
  const quota = program.command('quota').description('what workspaces may hold of a pool');
  quota.command('set <workspace>').description('bound what a workspace may hold; what is left out is unbounded').option('--pool <name>', 'of this pool', 'default')
    .option('--cpu <cores>', 'cores, or none', bound, null).option('--memory <MiB>', 'memory, or none', bound, null).option('--gpu <n>', 'devices, or none', bound, null)
    .action(async (grantee: string, { pool, cpu, memory, gpu }: { pool: string; cpu: number | null; memory: number | null; gpu: number | null }) => {
      const limit = { cpu, memory, gpu };
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
