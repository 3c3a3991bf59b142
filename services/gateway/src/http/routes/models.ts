import { fileRef, modelSchema, name, record } from '@novacron/contracts';
import type { Json } from '@novacron/kernel';
import { z } from 'zod';
import type { Edge } from '../edge.ts';
import { unknown } from '../problem.ts';
import { mutation, paging, read } from '../route.ts';

const version = z.string().max(100);

/** The model, if it is the workspace's own or granted to it. */
async function visible({ rows }: Edge, workspace: string, owner: string, model: string) {
  const id = `${owner}/${model}`;
  if (owner !== workspace && !(await rows.one('modelGrant', { model: id, grantee: workspace }))) throw unknown('Model', id);
  const found = await rows.one('model', { name: id });
  if (!found) throw unknown('Model', id);
  return found;
}

export const models = [
  read({
    operation: 'listModels', method: 'GET', path: '/{ws}/models', role: 'viewer', scope: 'workspace', summary: 'Models of the workspace and those granted to it.',
    read: async ({ workspace }, { rows }) => {
      const granted = new Set((await rows.all('modelGrant', { grantee: workspace })).map((grant) => grant.model));
      const all = await rows.all('model', {}, ['name']);
      return { items: all.filter((model) => model.name.startsWith(`${workspace}/`) || granted.has(model.name)) };
    },
  }),
  read({
    operation: 'getModel', method: 'GET', path: '/{ws}/models/{model}', role: 'viewer', scope: 'workspace', summary: 'A model with versions, aliases and grants.',
    query: z.strictObject({ ...paging, owner: name.optional() }),
    read: async ({ workspace, params, query: { owner = workspace, ...page } }, edge) => {
      const model = await visible(edge, workspace, owner, params.model);
      const [versions, aliases, grants] = await Promise.all([
        edge.rows.page('modelVersion', { where: { model: model.name }, order: ['-publishedAt', '-version'], ...page }),
        edge.rows.all('modelAlias', { model: model.name }, ['alias']),
        owner === workspace ? edge.rows.all('modelGrant', { model: model.name }, ['grantee']) : [],
      ]);
      return { ...model, versions: versions.items, ...(versions.next && { next: versions.next }), aliases, grants };
    },
  }),
  mutation({
    operation: 'publishModelVersion', method: 'POST', path: '/{ws}/models/{model}/versions', role: 'author', scope: 'workspace', summary: 'Publish a version by hand.',
    body: z.strictObject({ version, metrics: z.record(z.string(), z.number()).default({}), schema: modelSchema.optional(), artifact: fileRef.optional(), lineage: record.default({}) }),
    wish: ({ workspace, params, body: { schema, artifact, ...body } }) => ({
      event: { type: 'ModelPublishRequested', model: `${workspace}/${params.model}`, ...(body as { version: string; metrics: Json; lineage: Json }), ...(schema && { schema }), ...(artifact && { artifact }) },
    }),
  }),
  mutation({
    operation: 'setModelAlias', method: 'PUT', path: '/{ws}/models/{model}/aliases/{alias}', role: 'author', scope: 'workspace', summary: 'Point an alias at a version; with `expected`, only if it points there still.',
    body: z.strictObject({ version, expected: version.nullable().optional() }),
    wish: ({ workspace, params, body }) => ({
      event: { type: 'ModelAliasRequested', model: `${workspace}/${params.model}`, alias: params.alias, version: body.version, ...(body.expected !== undefined && { expected: body.expected }) },
    }),
  }),
  mutation({
    operation: 'grantModel', method: 'POST', path: '/{ws}/models/{model}/grants', role: 'admin', scope: 'workspace', summary: 'Let another workspace use the model.',
    body: z.strictObject({ grantee: name }),
    wish: ({ workspace, params, body }) => ({ event: { type: 'ModelGrantRequested', model: `${workspace}/${params.model}`, grantee: body.grantee } }),
  }),
  mutation({
    operation: 'revokeModelGrant', method: 'DELETE', path: '/{ws}/models/{model}/grants/{grantee}', role: 'admin', scope: 'workspace', summary: 'Take a grant back.',
    wish: ({ workspace, params }) => ({ event: { type: 'ModelGrantRevokeRequested', model: `${workspace}/${params.model}`, grantee: params.grantee } }),
  }),
];
