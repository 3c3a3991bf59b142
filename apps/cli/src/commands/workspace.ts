import type { Command } from 'commander';
import type { WorkspaceView } from '@novacron/client';
import type { Invocation } from '../invocation.ts';
import type { Column } from '../output.ts';
import { ago } from '../text.ts';

export function addWorkspace(program: Command, invocation: Invocation): void {
  const workspace = program.command('workspace').description('teams and their walls');
  workspace.command('create <name>').description('create a workspace').option('--title <text>', 'what people call it').action(async (name: string, options: { title?: string }) => {
    const created = await (await invocation.client()).workspaces.create({ name, ...options });
    await invocation.output.one(created, () => `workspace ${name} is there`);
  });
  workspace.command('list').description('workspaces that the key may enter').action(async () => {
    const now = invocation.now;
    const columns: Column<WorkspaceView>[] = [
      { title: 'WORKSPACE', of: ({ name }) => name }, { title: 'ROLE', of: ({ role }) => role }, { title: 'CREATED', of: ({ createdAt }) => ago(createdAt, now) }, { title: 'TITLE', of: ({ title }) => title },
    ];
    await invocation.output.list(await (await invocation.client()).workspaces.list(), columns, 'No workspaces yet; npx novacron workspace create <name> makes one.');
  });
}
