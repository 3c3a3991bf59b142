import { modelName, type ModelProduced, type ModelPublishRequested, type ModelVersion } from '@novacron/contracts';
import { canonical, NOTHING, type DecideContext, type Decision, type Json, type Message } from '@novacron/kernel';
import { Answer, contentOf } from './answer.ts';
import { numberFault } from './order.ts';
import { ownerOf, producerId, versionId, type RegistryView, type Version } from './state.ts';
import { START, tellPublished } from './telling.ts';

/** Who publishes: a command, or an attempt of a run's task. */
interface Publisher {
  readonly workspace: string;
  readonly command?: string;
  readonly run?: string;
  readonly task?: string;
  readonly attempt?: number;
}
interface Fault {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
}

/** MR-01 by hand: the same content under the same number is answered with the version that exists. */
export function onModelPublishRequested(state: RegistryView, message: ModelPublishRequested, context: DecideContext): Decision {
  const { command, workspace } = message;
  return publish(state, contentOf(message), { workspace, command }, context);
}

/** What a task's success carries: one version per (run, task), whatever the number of attempts and repeats. */
export function onModelProduced(state: RegistryView, message: ModelProduced, context: DecideContext): Decision {
  const { workspace, run, task, attempt } = message;
  const publisher = { workspace, run, task, attempt };
  const [first] = state.version.list('byProducer', producerId(run, task), [message.model]);
  const known = first === undefined ? undefined : state.version.get(first);
  if (known?.model === message.model) return known.attempt === attempt ? NOTHING : { events: [publishedAgain(known, publisher)] };
  const gap = lineageGap(message);
  if (gap) return refused(message, publisher, { code: 'LineageIncomplete', status: 422, detail: gap });
  return publish(state, contentOf(message), publisher, context);
}

function publish(state: RegistryView, content: ModelVersion, publisher: Publisher, context: DecideContext): Decision {
  const fault = contentFault(content, publisher);
  if (fault) return refused(content, publisher, fault);
  const known = state.version.get(versionId(content.model, content.version));
  if (known && publisher.command !== undefined && canonical(contentOf(known)) === canonical(content)) {
    return known.command === publisher.command ? NOTHING : { events: [publishedAgain(known, publisher)] };
  }
  if (known) return refused(content, publisher, { code: 'VersionTaken', status: 409, detail: `${content.model} ${content.version} exists with other content; publish the next number` });
  const answer = new Answer();
  answer.say({ type: 'ModelVersionPublished', ...publisher, ...content } as Message, JSON.stringify(content).length);
  tellPublished(state, { ...content, ...publisher, publishedAt: context.now } as Version, START, answer, context);
  return answer.decision();
}

function publishedAgain({ publishedAt: _, command: __, ...known }: Version, { command, attempt }: Publisher): Message {
  return { type: 'ModelVersionPublished', ...known, ...(command !== undefined && { command }), ...(attempt !== undefined && { attempt }) } as Message;
}

function refused({ model, version }: ModelVersion, publisher: Publisher, problem: Fault): Decision {
  return { events: [{ type: 'ModelVersionRefused', ...publisher, model, version, problem } as unknown as Message] };
}

function contentFault({ model, version, schema }: ModelVersion, { workspace }: Publisher): Fault | undefined {
  if (!modelName.safeParse(model).success) return { code: 'ModelNameInvalid', status: 422, detail: `'${String(model).slice(0, 60)}' is no model; write workspace/name` };
  if (ownerOf(model) !== workspace) return { code: 'ModelNotOwned', status: 403, detail: `only workspace ${ownerOf(model)} publishes ${model}; this came from ${workspace}` };
  const number = numberFault(version);
  if (number) return { code: 'VersionInvalid', status: 422, detail: number };
  const gap = schema && schemaGap(schema);
  return gap ? { code: 'SchemaIncomplete', status: 422, detail: gap } : undefined;
}

function schemaGap(schema: NonNullable<ModelVersion['schema']>): string | undefined {
  for (const side of ['input', 'output'] as const) {
    const fields = Object.entries(schema[side] ?? {});
    if (fields.length === 0) return `the schema names no ${side} field; give {input: {field: type}, output: {field: type}} or no schema`;
    const untyped = fields.find(([name, type]) => name === '' || typeof type !== 'string' || type.replace('?', '') === '');
    if (untyped) return `the ${side} field '${untyped[0]}' of the schema has no type`;
  }
  return undefined;
}

/** MR-02: from a version back to what made it. */
function lineageGap({ run, task, lineage }: ModelProduced): string | undefined {
  const origin = lineage as Record<string, Json>;
  if (origin['run'] !== run || origin['task'] !== task) return `the lineage does not name run ${run} and task ${task}`;
  const missing = ['workflow', 'params'].find((name) => origin[name] === undefined || origin[name] === null);
  return missing && `the lineage does not name the ${missing} of its run`;
}
