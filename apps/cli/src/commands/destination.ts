import { Option, type Command } from 'commander';
import type { DestinationSpec, DestinationView } from '@novacron/client';
import type { Invocation } from '../invocation.ts';
import type { Column } from '../output.ts';
import { tellSecret } from '../secret.ts';
import { ago } from '../text.ts';

interface AddOptions {
  readonly kind: 'slack' | 'webhook';
  readonly events: string;
  readonly secret?: string;
}

export function addDestination(program: Command, invocation: Invocation): void {
  const destination = program.command('destination').description('who is told of what happens');
  destination.command('add <name> <address>').description('tell a Slack channel or a webhook').addOption(new Option('--kind <kind>', 'form of the messages').choices(['slack', 'webhook']).default('webhook'))
    .requiredOption('--events <names>', 'what to tell of (a,b; * is everything)').option('--secret <whsec_…>', 'signing key of a webhook; made where not given, and shown once')
    .action((name: string, address: string, options: AddOptions) => add(invocation, name, address, options));
  destination.command('list').description('destinations, without what is secret of them').action(() => list(invocation));
  destination.command('test <name>').description('send a test message').action(async (name: string) => {
    const { client, ws } = await invocation.open();
    const answer = await client.destinations.test(ws, name);
    await invocation.output.one(answer, () => `a test message is on its way to ${name} (delivery ${answer.delivery})`);
  });
  destination.command('remove <name>').description('tell it of nothing more').action(async (name: string) => {
    const { client, ws } = await invocation.open();
    await invocation.output.one(await client.destinations.remove(ws, name), () => `destination ${name} is gone`);
  });
}

async function add(invocation: Invocation, name: string, url: string, { kind, events, secret }: AddOptions): Promise<void> {
  const { client, ws } = await invocation.open();
  const common = { name, url, events: events.split(',').filter(Boolean) };
  const spec: DestinationSpec = kind === 'slack' ? { kind, ...common } : { kind, ...common, ...(secret !== undefined && { secret }) };
  const added = await client.destinations.add(ws, spec);
  if (kind === 'slack' || secret !== undefined) return invocation.output.one(added, () => `${name} (${added.shown}) is told of ${events}`);
  await tellSecret(invocation, added, added.secret, `${name} (${added.shown}) is told of ${events}; messages are signed with this key, shown this once:`, `novacron destination remove ${name}`);
}

async function list(invocation: Invocation): Promise<void> {
  const { client, ws } = await invocation.open();
  const now = invocation.now;
  const columns: Column<DestinationView>[] = [
    { title: 'DESTINATION', of: ({ name }) => name }, { title: 'KIND', of: ({ kind }) => kind }, { title: 'ADDRESS', of: ({ shown }) => shown }, { title: 'EVENTS', of: ({ events }) => events.join(',') },
    { title: 'ADDED', of: ({ addedAt }) => ago(addedAt, now), wide: true },
  ];
  await invocation.output.list(await client.destinations.list(ws), columns, `No destinations in ${ws}.`);
}
