import type { Command } from 'commander';
import type { NodeView } from '@novacron/client';
import type { Invocation } from '../invocation.ts';
import type { Column } from '../output.ts';
import { tellSecret } from '../secret.ts';
import { ago, status } from '../text.ts';

export function addNode(program: Command, invocation: Invocation): void {
  const node = program.command('node').description('machines that run attempts');
  node.command('list').description('nodes with capacity and state').option('--pool <name>', 'of this pool only').action(({ pool }: { pool?: string }) => list(invocation, pool));
  node.command('token').description('a credential for a node\'s agent; it is shown once').option('--pool <name>', 'that it may join', 'default').action(async ({ pool }: { pool: string }) => {
    const made = await (await invocation.client()).nodes.token(pool);
    await tellSecret(invocation, made, made.token, `A node of pool ${pool} may register with this credential (NOVACRON_NODE_TOKEN_FILE), shown this once:`, `novacron node token --pool ${pool}`);
  });
  for (const verb of ['drain', 'resume'] as const) {
    node.command(`${verb} <node>`).description(verb === 'drain' ? 'place nothing new on a node' : 'place on a drained node again').option('--pool <name>', 'of the node', 'default').action(async (name: string, { pool }: { pool: string }) => {
      const answer = await (await invocation.client()).nodes[verb](pool, name);
      await invocation.output.one(answer, () => (verb === 'drain' ? `nothing new is placed on ${name}` : `${name} is placed on again`));
    });
  }
}

async function list(invocation: Invocation, pool: string | undefined): Promise<void> {
  const { io, output } = invocation;
  const now = invocation.now;
  const columns: Column<NodeView>[] = [
    { title: 'POOL', of: (node) => node.pool }, { title: 'NODE', of: ({ name }) => name }, { title: 'STATE', of: ({ state }) => status(state, io.colour) }, { title: 'CPU', of: ({ capacity }) => capacity?.cpu },
    { title: 'MEMORY', of: ({ capacity }) => (capacity ? `${capacity.memory} MiB` : null) }, { title: 'GPUS', of: gpus }, { title: 'SINCE', of: ({ changedAt }) => ago(changedAt, now) }, { title: 'REASON', of: ({ reason }) => reason, wide: true },
  ];
  await output.list(await (await invocation.client()).nodes.list(pool), columns, 'No nodes; npx novacron node token makes the credential for one.');
}

function gpus({ capacity }: NodeView): string | null {
  if (!capacity || capacity.gpus.length === 0) return null;
  const types = [...new Set(capacity.gpus.map(({ type }) => type))].join(', ');
  return `${capacity.gpus.length} × ${types}${capacity.declared ? ' (declared)' : ''}`;
}
