import type { Command } from 'commander';
import type { ModelDetail, ModelVersionSpec, ModelView } from '@novacron/client';
import type { Json } from '@novacron/kernel';
import { CliError } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { fields, type Column } from '../output.ts';
import { ago, inline } from '../text.ts';
import { assignment, jsonFile, pair } from '../values.ts';

interface PublishOptions {
  readonly metric?: Readonly<Record<string, Json>>;
  readonly lineage?: Readonly<Record<string, Json>>;
  readonly schema?: string;
}

export function addModel(program: Command, invocation: Invocation): void {
  const model = program.command('model').description('model versions, aliases and grants; <model> is name or workspace/name');
  model.command('publish <model> <version>').description('publish a version by hand').option('--metric <name=number>', 'a metric; repeatable', assignment).option('--lineage <name=value>', 'where it comes from; repeatable', assignment)
    .option('--schema <file>', 'JSON: {"input": {"field": "type"}, "output": {"field": "type"}}')
    .action((name: string, version: string, options: PublishOptions) => publish(invocation, name, version, options));
  model.command('list').description('models of the workspace and those granted to it').action(() => list(invocation));
  model.command('get <model>').description('a model with versions, aliases and grants').action((name: string) => get(invocation, name));
  model.command('alias <model> <alias> <version>').description('point an alias at a version').option('--expected <version>', 'only if it points there still ("none": nowhere yet)')
    .action(async (name: string, alias: string, version: string, { expected }: { expected?: string }) => {
      const { client, ws, model: own } = await owned(invocation, name);
      const body = { version, ...(expected !== undefined && { expected: expected === 'none' ? null : expected }) };
      await invocation.output.one(await client.models.alias(ws, own, alias, body), () => `${ws}/${own}@${alias} is ${version}`);
    });
  model.command('grant <model> <workspace>').description('let another workspace use the model').option('--revoke', 'take the grant back').action(async (name: string, grantee: string, { revoke }: { revoke?: boolean }) => {
    const { client, ws, model: own } = await owned(invocation, name);
    const answer = revoke ? await client.models.revoke(ws, own, grantee) : await client.models.grant(ws, own, grantee);
    await invocation.output.one(answer, () => (revoke ? `${grantee} may use ${ws}/${own} no more` : `${grantee} may use ${ws}/${own}`));
  });
}

/** `vision/m` names its workspace itself. */
async function owned(invocation: Invocation, name: string) {
  const client = await invocation.client();
  const [ws, model] = name.includes('/') ? pair(name, 'model: write name or workspace/name') : [await invocation.workspace(), name];
  return { client, ws, model };
}

async function publish(invocation: Invocation, name: string, version: string, { metric, lineage, schema }: PublishOptions): Promise<void> {
  const wrong = Object.entries(metric ?? {}).find(([, value]) => typeof value !== 'number');
  if (wrong) throw new CliError('Usage', `The metric ${wrong[0]} is ${inline(wrong[1])}, not a number.`);
  const { client, ws, model } = await owned(invocation, name);
  const body = { version, metrics: metric ?? {}, lineage: lineage ?? {}, ...(schema !== undefined && { schema: await jsonFile(invocation.io.cwd, schema) }) } as ModelVersionSpec;
  await invocation.output.one(await client.models.publish(ws, model, body), () => `${ws}/${model} ${version} is published`);
}

async function list(invocation: Invocation): Promise<void> {
  const { client, ws } = await invocation.open();
  const now = invocation.now;
  const columns: Column<ModelView>[] = [{ title: 'MODEL', of: ({ name }) => name }, { title: 'LATEST', of: ({ latest }) => latest }, { title: 'PUBLISHED', of: ({ publishedAt }) => ago(publishedAt, now) }];
  await invocation.output.list(await client.models.list(ws), columns, `No models in ${ws}.`);
}

async function get(invocation: Invocation, name: string): Promise<void> {
  const client = await invocation.client();
  const [owner, model] = name.includes('/') ? pair(name, 'model: write name or workspace/name') : [undefined, name];
  const ws = invocation.options.workspace ?? owner ?? (await invocation.workspace());
  const found = await client.models.get(ws, model, owner === ws ? undefined : owner);
  await invocation.output.one(found, () => text(found, invocation));
}

async function text(found: ModelDetail, { now, output }: Invocation): Promise<string> {
  const aliases = found.aliases.map(({ alias, version }) => `${alias}=${version}`).join(' ');
  const versions = await output.table(found.versions, [
    { title: 'VERSION', of: ({ version }) => version }, { title: 'METRICS', of: ({ metrics }) => Object.entries(metrics ?? {}).map(([name, value]) => `${name}=${value}`).join(' ') },
    { title: 'RUN', of: ({ run }) => run }, { title: 'PUBLISHED', of: ({ publishedAt }) => ago(publishedAt, now) },
    { title: 'ARTIFACT', of: ({ artifact }) => (artifact ? `${artifact.name} ${artifact.hash.slice(0, 12)}` : null), wide: true }, { title: 'LINEAGE', of: ({ lineage }) => inline(lineage), wide: true },
  ]);
  return `${fields({ model: found.name, latest: found.latest, aliases, granted: found.grants.map(({ grantee }) => grantee).join(' ') })}\n\n${versions}`;
}
