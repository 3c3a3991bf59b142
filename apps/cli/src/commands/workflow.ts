import type { Command } from 'commander';
import type { AppliedWorkflow, WorkflowView } from '@novacron/client';
import { CliError, EXIT } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { fields, type Column } from '../output.ts';
import { ago, inline, instant } from '../text.ts';
import { number } from '../values.ts';
import { readWorkflowFolder, type WorkflowFolder } from '../workflow-folder.ts';
import { startOptions, startRun, type StartOptions } from './run.ts';

export function addWorkflow(program: Command, invocation: Invocation): void {
  const workflow = program.command('workflow').description('check workflows and apply them');
  workflow.command('apply <dir>').description('check a folder\'s workflow.yaml and make it the current version').action(async (dir: string) => {
    const applied = await apply(invocation, dir);
    await invocation.output.one(applied, () => `workflow ${applied.workflow} is at version ${applied.version}`);
  });
  workflow.command('lint <dir>').description('check a folder\'s workflow.yaml, without a server').action((dir: string) => lint(invocation, dir));
  workflow.command('list').description('workflows of the workspace').action(() => list(invocation));
  workflow.command('get <workflow>').description('a workflow with parameters, tasks and triggers').option('--version <n>', 'this version, not the current one', number).option('--source', 'its YAML as it was applied')
    .action((name: string, options: { version?: number; source?: boolean }) => get(invocation, name, options));
}

export function addSubmit(program: Command, invocation: Invocation): void {
  startOptions(program.command('submit <dir>').description('apply a folder\'s workflow and start a run of it')).action(async (dir: string, options: StartOptions) => {
    const applied = await apply(invocation, dir);
    await startRun(invocation, applied.workflow, options);
  });
}

/** Checked here first: mistakes cost no upload. */
async function apply(invocation: Invocation, dir: string): Promise<AppliedWorkflow> {
  const files = await check(invocation, dir);
  const { client, ws } = await invocation.open();
  const { packBundle } = await import('../bundle.ts');
  const { hash } = await client.workflows.upload(ws, await packBundle(files.folder));
  return client.workflows.apply(ws, { yaml: files.yaml, bundle: hash, ...(files.components !== undefined && { components: files.components }) });
}

async function lint(invocation: Invocation, dir: string): Promise<void> {
  const { file } = await check(invocation, dir);
  await invocation.output.one({ ok: true, file }, () => `${file} is valid`);
}

/** Prints what is wrong or doubtful; throws where something is wrong. */
async function check({ io }: Invocation, dir: string): Promise<WorkflowFolder> {
  const files = await readWorkflowFolder(io.cwd, dir);
  const { formatDiagnostic, parseWorkflow } = await import('@novacron/workflow');
  const { file, yaml, componentsFile, components } = files;
  const result = parseWorkflow({ yaml, file, componentsFile, ...(components !== undefined && { components }) });
  const diagnostics = result.ok ? result.warnings : result.diagnostics;
  for (const diagnostic of diagnostics) io.err(`${formatDiagnostic(diagnostic, diagnostic.file === componentsFile ? components : yaml)}\n`);
  if (result.ok) return files;
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  throw new CliError('WorkflowInvalid', `${file} has ${errors} error${errors === 1 ? '' : 's'}.`, EXIT.usage);
}

async function list(invocation: Invocation): Promise<void> {
  const { client, ws } = await invocation.open();
  const now = invocation.now;
  const columns: Column<WorkflowView>[] = [
    { title: 'WORKFLOW', of: ({ name }) => name }, { title: 'VERSION', of: ({ version }) => version }, { title: 'TASKS', of: ({ tasks }) => tasks },
    { title: 'APPLIED', of: ({ appliedAt }) => ago(appliedAt, now) }, { title: 'DESCRIPTION', of: ({ description }) => description, wide: true },
  ];
  await invocation.output.list((await client.workflows.list(ws, { limit: 1_000 })).items, columns, `No workflows in ${ws}; npx novacron workflow apply <dir> brings one.`);
}

async function get(invocation: Invocation, name: string, { version, source }: { version?: number; source?: boolean }): Promise<void> {
  const { client, ws } = await invocation.open();
  const found = await client.workflows.get(ws, name, version);
  if (source) return invocation.io.out(found.source);
  const { definition } = found;
  const params = Object.entries(definition.params).map(([param, { default: value, required }]) => `  ${param}${required ? ' (required)' : ` = ${inline(value)}`}`);
  const tasks = definition.tasks.map((task) => `  ${task.name}${task.needs.length ? ` after ${task.needs.join(', ')}` : ''}${task.title ? `  [${task.title}]` : ''}`);
  const triggers = definition.triggers.map((trigger) => `  ${trigger.name}: ${trigger.kind} ${trigger.cron ?? trigger.path ?? trigger.model ?? `every ${trigger.every} ms`}`);
  const section = (title: string, lines: string[]) => (lines.length ? ['', title, ...lines] : []);
  await invocation.output.one(found, () => [
    fields({ workflow: `${ws}/${name}`, version: found.version === found.current ? found.version : `${found.version} (current is ${found.current})`, applied: instant(found.appliedAt), description: found.description, pool: definition.pool }),
    ...section('params', params), ...section('tasks', tasks), ...section('triggers', triggers),
  ].join('\n'));
}
