import type { Command } from 'commander';
import type { Client, PoolView } from '@novacron/client';
import type { Invocation } from '../invocation.ts';
import { fields } from '../output.ts';

interface Status {
  readonly url: string;
  readonly workspaces: readonly { readonly name: string; readonly running: number }[];
  readonly pools: readonly (PoolView & { readonly waiting: number })[];
}

/** Runs that are counted one by one; beyond it "1000+" says enough. */
const COUNTED = 1_000;

export function addStatus(program: Command, invocation: Invocation): void {
  program.command('status').description('is the server up, and what does it do').action(async () => {
    const found = await statusOf(await invocation.client());
    await invocation.output.one(found, () => text(found));
  });
}

async function statusOf(client: Client): Promise<Status> {
  const [workspaces, pools] = await Promise.all([client.workspaces.list(), client.pools.list()]);
  return {
    url: client.url,
    workspaces: await Promise.all(workspaces.map(async ({ name }) => ({ name, running: (await client.runs.list(name, { status: 'running', limit: COUNTED })).items.length }))),
    pools: await Promise.all(pools.map(async (pool) => ({ ...pool, waiting: (await client.pools.queue(pool.name)).waiting }))),
  };
}

function text({ url, workspaces, pools }: Status): string {
  const counted = (running: number) => (running === COUNTED ? `${COUNTED}+` : running);
  const lines = [
    ...workspaces.map(({ name, running }) => `  workspace ${name}: ${counted(running)} running`),
    ...pools.map(({ name, nodes, ready, waiting }) => `  pool ${name}: ${ready} of ${nodes} nodes ready, ${waiting} attempts waiting`),
  ];
  return [fields({ server: url, state: 'up' }), ...lines].join('\n');
}
