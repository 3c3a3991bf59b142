import type { Command } from 'commander';
import type { QueueItem, TraceView } from '@novacron/client';
import type { Invocation } from '../invocation.ts';
import type { Column } from '../output.ts';
import { inline, span, status } from '../text.ts';

/** What stands before a task, a pool, a run. */
export function addQuestions(program: Command, invocation: Invocation): void {
  program.command('queue [pool]').description('what waits in a pool, in order').action((pool = 'default') => queue(invocation, pool));
  program.command('why <run> <task>').description('what a task waits for').action((run: string, task: string) => why(invocation, run, task));
  program.command('deps').description('how things depend on each other').command('trace <run>').description('why a run exists, cause by cause, across teams').action((run: string) => trace(invocation, run));
}

async function queue(invocation: Invocation, pool: string): Promise<void> {
  const found = await (await invocation.client()).pools.queue(pool);
  const { output } = invocation;
  if (output.isPlain) return output.one(found, () => '');
  const now = invocation.now;
  const columns: Column<QueueItem>[] = [
    { title: 'PLACE', of: ({ place }) => place + 1 }, { title: 'WORKSPACE', of: ({ workspace }) => workspace }, { title: 'RUN', of: ({ run }) => run }, { title: 'TASK', of: ({ task }) => task }, { title: 'PRIORITY', of: ({ priority }) => priority },
    { title: 'WAITS', of: ({ queuedAt }) => span(Math.max(0, now - queuedAt)) }, { title: 'REASON', of: ({ reason }) => reason }, { title: 'WORKFLOW', of: ({ workflow }) => workflow, wide: true }, { title: 'NEEDS', of: ({ resources }) => inline({ ...resources }), wide: true },
  ];
  await output.list(found.items, columns, found.waiting === 0 ? `Nothing waits in ${pool}.` : `${found.waiting} attempts of other workspaces wait in ${pool}.`);
}

async function why(invocation: Invocation, run: string, task: string): Promise<void> {
  const { client, ws } = await invocation.open();
  const found = await client.runs.why(ws, run, task);
  const lines = found.waitsFor.map(({ kind, detail }) => `  ${kind}: ${detail}`);
  await invocation.output.one(found, () => [`${task} of ${run} is ${status(found.status, invocation.io.colour)}${lines.length ? ' and waits for' : '; it waits for nothing'}`, ...lines].join('\n'));
}

async function trace(invocation: Invocation, run: string): Promise<void> {
  const { client, ws } = await invocation.open();
  const found = await client.runs.trace(ws, run);
  await invocation.output.one(found, () => causes(found, '', '').join('\n'));
}

function causes(link: TraceView, first: string, rest: string): string[] {
  const { kind, name, workspace, detail, causedBy } = link;
  const more = kind === 'run' && detail ? ` of ${inline(detail['workflow'])} (${inline(detail['status'])})` : kind === 'trigger' && detail ? ` for ${inline(detail['occasion'])}` : '';
  const below = causedBy.flatMap((cause, i) => (i === causedBy.length - 1 ? causes(cause, `${rest}└─ `, `${rest}   `) : causes(cause, `${rest}├─ `, `${rest}│  `)));
  return [`${first}${kind} ${kind === 'run' ? `${workspace}/${name}` : name}${more}`, ...below];
}
