import { Option, type Command } from 'commander';
import type { KeyView } from '@novacron/client';
import type { Role } from '@novacron/contracts';
import type { Invocation } from '../invocation.ts';
import type { Column } from '../output.ts';
import { tellSecret } from '../secret.ts';
import { ago, instant } from '../text.ts';
import { number } from '../values.ts';

export function addKey(program: Command, invocation: Invocation): void {
  const key = program.command('key').description('API keys of a workspace');
  key.command('create <name>').description('create an API key; its text is shown once').addOption(new Option('--role <role>', 'what it may').choices(['viewer', 'operator', 'author', 'admin']).makeOptionMandatory()).option('--expires-in-days <n>', 'ends by itself', number)
    .action(async (name: string, options: { role: Role; expiresInDays?: number }) => {
      const { client, ws } = await invocation.open();
      const created = await client.keys.create(ws, { name, ...options });
      await tellSecret(invocation, created, created.secret, `The key ${created.key} (${options.role} in ${ws}) is shown this once:`, `novacron key revoke ${created.key}`);
    });
  key.command('list').description('API keys, without their texts').action(() => list(invocation));
  key.command('revoke <id>').description('accept a key no more').action(async (id: string) => {
    const { client, ws } = await invocation.open();
    await invocation.output.one(await client.keys.revoke(ws, id), () => `key ${id} is revoked`);
  });
}

async function list(invocation: Invocation): Promise<void> {
  const { client, ws } = await invocation.open();
  const now = invocation.now;
  const state = ({ revokedAt, expiresAt }: KeyView) => (revokedAt !== null ? 'revoked' : expiresAt !== null && expiresAt <= now ? 'expired' : 'live');
  const columns: Column<KeyView>[] = [
    { title: 'KEY', of: ({ id }) => id }, { title: 'NAME', of: ({ name }) => name }, { title: 'ROLE', of: ({ role }) => role }, { title: 'BEGINS', of: ({ prefix }) => `${prefix}…` }, { title: 'STATE', of: state },
    { title: 'CREATED', of: ({ createdAt }) => ago(createdAt, now) }, { title: 'EXPIRES', of: ({ expiresAt }) => instant(expiresAt), wide: true }, { title: 'BY', of: ({ createdBy }) => createdBy, wide: true },
  ];
  await invocation.output.list((await client.keys.list(ws, { limit: 1_000 })).items, columns, `No keys in ${ws}.`);
}
