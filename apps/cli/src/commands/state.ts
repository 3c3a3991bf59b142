import { Argument, type Command } from 'commander';
import type { Client, ModelView, NodeView, QueueItem, QuotaView, RunView } from '@novacron/client';
import { CliError } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { instant, status } from '../text.ts';
import type { Column } from '../output.ts';
import { runChild } from './local.ts';

const PARTS = ['queues', 'runs', 'nodes', 'registry', 'quotas'] as const;
type Part = (typeof PARTS)[number];

interface State {
  readonly queues: readonly (QueueItem & { readonly pool: string })[];
  readonly runs: readonly RunView[];
  readonly nodes: readonly NodeView[];
  readonly registry: readonly ModelView[];
  readonly quotas: readonly QuotaView[];
}

/** Runs of one workspace that are shown, the newest. */
const RUNS = 200;
const SYSTEM = 'system';

export function addState(program: Command, invocation: Invocation): void {
  program.command('state').description('what the key may see of the whole system, now or --at a moment').addArgument(new Argument('[part...]', 'of it (default: all)').choices(PARTS))
    .option('--hash', 'the hash of the whole system instead: as the services live it, or with --at folded from the log; needs the data directory of a server on this machine')
    .action((parts: Part[], { hash }: { hash?: boolean }) => (hash ? showHash(invocation, parts) : showParts(invocation, parts.length ? parts : PARTS)));
}

async function showHash(invocation: Invocation, parts: readonly Part[]): Promise<void> {
  if (parts.length > 0) throw new CliError('Usage', '--hash is of the whole system: leave the parts out.');
  const { at, output } = invocation.options;
  await runChild(invocation, 'apps/standalone/dist/state.js', ['--hash', ...(at === undefined ? [] : ['--at', at]), '--output', output]);
}

async function showParts(invocation: Invocation, parts: readonly Part[]): Promise<void> {
  const client = await invocation.client();
  const named = invocation.options.workspace;
  const ofTeams = parts.some((part) => part === 'runs' || part === 'registry');
  const workspaces = named === undefined && ofTeams ? (await client.workspaces.list()).map(({ name }) => name).filter((name) => name !== SYSTEM) : [named ?? ''];
  const state: Partial<Record<Part, State[Part]>> = {};
  for (const part of parts) state[part] = await READ[part](client, workspaces);
  await invocation.output.one(state, () => sections(invocation, state as Partial<State>));
}

/** One after the other: the first question puts a moment together, the rest find it ready. */
async function each<A, B>(of: readonly A[], read: (a: A) => Promise<readonly B[]>): Promise<B[]> {
  const all: B[] = [];
  for (const one of of) all.push(...(await read(one)));
  return all;
}

const READ: { readonly [P in Part]: (client: Client, workspaces: readonly string[]) => Promise<State[P]> } = {
  queues: async (client) => each(await client.pools.list(), async ({ name }) => (await client.pools.queue(name)).items.map((item) => ({ pool: name, ...item }))),
  runs: (client, workspaces) => each(workspaces, async (ws) => (await client.runs.list(ws, { limit: RUNS })).items),
  nodes: (client) => client.nodes.list(),
  registry: async (client, workspaces) => [...new Map((await each(workspaces, (ws) => client.models.list(ws))).map((model) => [model.name, model])).values()],
  quotas: (client) => client.pools.quotas(),
};

async function sections({ io, output }: Invocation, { queues, runs, nodes, registry, quotas }: Partial<State>): Promise<string> {
  const shown: string[] = [];
  const section = async <T>(title: string, rows: readonly T[] | undefined, columns: readonly Column<T>[]) => {
    if (rows) shown.push(`${title}: ${rows.length}${rows.length ? `\n${await output.table(rows, columns)}` : ''}`);
  };
  await section('queues', queues, [{ title: 'POOL', of: ({ pool }) => pool }, { title: 'PLACE', of: ({ place }) => place + 1 }, { title: 'WORKSPACE', of: ({ workspace }) => workspace }, { title: 'RUN', of: ({ run }) => run }, { title: 'TASK', of: ({ task }) => task }, { title: 'REASON', of: ({ reason }) => reason }]);
  await section('runs', runs, [{ title: 'WORKSPACE', of: ({ workspace }) => workspace }, { title: 'RUN', of: ({ id }) => id }, { title: 'WORKFLOW', of: ({ workflow }) => workflow }, { title: 'STATUS', of: (run) => status(run.status, io.colour) }, { title: 'CREATED', of: ({ createdAt }) => instant(createdAt) }]);
  await section('nodes', nodes, [{ title: 'POOL', of: ({ pool }) => pool }, { title: 'NODE', of: ({ name }) => name }, { title: 'STATE', of: ({ state }) => status(state, io.colour) }, { title: 'CPU', of: ({ capacity }) => capacity?.cpu }]);
  await section('registry', registry, [{ title: 'MODEL', of: ({ name }) => name }, { title: 'LATEST', of: ({ latest }) => latest }, { title: 'PUBLISHED', of: ({ publishedAt }) => instant(publishedAt) }]);
  await section('quotas', quotas, [{ title: 'POOL', of: ({ pool }) => pool }, { title: 'WORKSPACE', of: ({ grantee }) => grantee }, { title: 'CPU', of: ({ limit }) => limit.cpu }, { title: 'MEMORY', of: ({ limit }) => limit.memory }, { title: 'GPU', of: ({ limit }) => limit.gpu }]);
  return shown.join('\n\n');
}
