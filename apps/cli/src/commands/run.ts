import type { Command } from 'commander';
import type { RunDetail, RunView } from '@novacron/client';
import type { Json } from '@novacron/kernel';
import { CliError, EXIT } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { fields, type Column } from '../output.ts';
import { allTaskLines, headLine, outputLines } from '../run-view.ts';
import { ago, inline, instant, span, status } from '../text.ts';
import { assignment, jsonFile, number } from '../values.ts';
import { watchRun } from '../watch.ts';
import { addLogs } from './logs.ts';

export interface StartOptions {
  readonly param?: Readonly<Record<string, Json>>;
  readonly params?: string;
  readonly priority?: number;
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly idempotencyKey?: string;
}

export function addRun(program: Command, invocation: Invocation): void {
  const run = program.command('run').description('start runs and follow them');
  startOptions(run.command('start <workflow>').description('start a run')).action((workflow: string, options: StartOptions) => startRun(invocation, workflow, options));
  run.command('list').description('runs, newest first').option('--workflow <name>', 'of this workflow only').option('--status <status>', 'of these statuses only (a,b)').option('-n, --limit <n>', 'at most so many', number, 50)
    .action((options: { workflow?: string; status?: string; limit: number }) => listRuns(invocation, options));
  run.command('get <run>').description('a run').action((id: string) => getRun(invocation, id, brief));
  run.command('describe <run>').description('a run with parameters, tasks and outputs').action((id: string) => getRun(invocation, id, whole));
  run.command('watch <run>').description('follow a run until it has ended').option('--timeout <duration>', 'give up waiting after that')
    .action(async (id: string, { timeout }: { timeout?: string }) => {
      invocation.exitCode = await watchRun(invocation, await invocation.workspace(), id, await milliseconds(timeout));
    });
  run.command('cancel <run>').description('cancel a run').option('--reason <text>', 'why, for the others').action((id: string, options: { reason?: string }) => cancelRun(invocation, id, options));
  addRetry(run, invocation);
  addLogs(run, invocation);
}

/** Options of everything that starts a run. */
export function startOptions(command: Command): Command {
  return command
    .option('-p, --param <name=value>', 'a parameter; JSON where it is JSON, else text; repeatable', assignment)
    .option('--params <file>', 'parameters as a JSON file; -p goes before it')
    .option('--priority <n>', 'instead of the workflow\'s', number)
    .option('--wait', 'follow the run; the exit code is that of its outcome')
    .option('--timeout <duration>', 'with --wait: give up waiting after that')
    .option('--idempotency-key <key>', 'the same key starts the same run only once');
}

export async function startRun(invocation: Invocation, workflow: string, { param, params, priority, wait, timeout, idempotencyKey }: StartOptions): Promise<void> {
  const { client, ws } = await invocation.open();
  const patience = await milliseconds(timeout);
  const given = { ...(params === undefined ? {} : await jsonFile(invocation.io.cwd, params)), ...param };
  const started = await client.runs.start(ws, workflow, { params: given, ...(priority !== undefined && { priority }) }, { ...(idempotencyKey !== undefined && { idempotencyKey }) });
  if (!('run' in started)) throw new CliError('RunSkipped', `No run of ${ws}/${workflow}: ${started.reason}`, EXIT.refused);
  if (wait) invocation.exitCode = await watchRun(invocation, ws, started.run, patience);
  else await invocation.output.one(started, () => `run ${started.run} of ${ws}/${workflow} version ${started.version} is ${started.status}\nfollow it with: npx novacron run watch ${started.run} -w ${ws}`);
}

export function addRetry(parent: Command, invocation: Invocation): void {
  parent.command('retry <run>').description('run the failed part of a finished run again').option('--wait', 'follow the new run').option('--timeout <duration>', 'with --wait: give up waiting after that')
    .action(async (id: string, { wait, timeout }: { wait?: boolean; timeout?: string }) => {
      const { client, ws } = await invocation.open();
      const patience = await milliseconds(timeout);
      const started = await client.runs.retry(ws, (await client.runs.get(ws, id)).workflow, id);
      if (wait) invocation.exitCode = await watchRun(invocation, ws, started.run, patience);
      else await invocation.output.one(started, () => `run ${started.run} goes on where ${id} failed\nfollow it with: npx novacron run watch ${started.run} -w ${ws}`);
    });
}

async function listRuns(invocation: Invocation, query: { workflow?: string; status?: string; limit: number }): Promise<void> {
  const { client, ws } = await invocation.open();
  const { items } = await client.runs.list(ws, query);
  const { io, output } = invocation;
  const columns: Column<RunView>[] = [
    { title: 'RUN', of: (run) => run.id }, { title: 'WORKFLOW', of: (run) => run.workflow }, { title: 'STATUS', of: (run) => status(run.status, io.colour) },
    { title: 'CAUSE', of: (run) => causeOf(run) }, { title: 'CREATED', of: (run) => ago(run.createdAt, invocation.now) }, { title: 'TOOK', of: (run) => (run.duration === null ? null : span(run.duration)) },
    { title: 'VERSION', of: (run) => run.version, wide: true }, { title: 'PRIORITY', of: (run) => run.priority, wide: true }, { title: 'REASON', of: (run) => run.reason, wide: true },
  ];
  await output.list(items, columns, `No runs in ${ws}.`);
}

async function getRun(invocation: Invocation, id: string, text: (run: RunDetail, invocation: Invocation) => string): Promise<void> {
  const { client, ws } = await invocation.open();
  const run = await client.runs.get(ws, id);
  await invocation.output.one(run, () => text(run, invocation));
}

const brief = (run: RunDetail, { io, now }: Invocation): string => headLine(run, { now, colour: io.colour });

function whole(run: RunDetail, { io, now }: Invocation): string {
  const params = Object.entries(run.params).map(([name, value]) => `${name}=${inline(value)}`).join(' ');
  const drawing = { now, colour: io.colour };
  const head = fields({
    run: run.id, workflow: `${run.workspace}/${run.workflow} version ${run.version}`, status: status(run.status, io.colour), cause: causeOf(run), created: instant(run.createdAt), started: instant(run.startedAt),
    ended: instant(run.endedAt), took: run.duration === null ? null : span(run.duration), reason: run.reason, 'retry of': run.retryOf, params,
  });
  return [head, '', 'tasks', ...allTaskLines(run, drawing), ...outputLines(run)].join('\n');
}

const causeOf = ({ cause }: RunView): string => (cause ? `${cause.kind} ${cause.occasion ?? cause.by}` : '-');

async function cancelRun(invocation: Invocation, id: string, body: { reason?: string }): Promise<void> {
  const { client, ws } = await invocation.open();
  const answer = await client.runs.cancel(ws, (await client.runs.get(ws, id)).workflow, id, body);
  await invocation.output.one(answer, () => `run ${id} is being cancelled; what ended before keeps its ending`);
}

export async function milliseconds(text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined;
  const { parseDuration } = await import('@novacron/workflow');
  const ms = parseDuration(text);
  if (ms === undefined) throw new CliError('Usage', `${JSON.stringify(text)} is no duration; write 90s, 10m or "2 hours".`);
  return ms;
}
