import type { ModelAliasSet, ModelGranted, ModelGrantRevoked, ModelVersionPublished } from '@novacron/contracts';
import type { Projection, Projections } from './project.ts';
import { put, remove } from './tables.ts';

const published: Projection<ModelVersionPublished> = (e, { time }) => [
  put('model', { name: e.model }, { latest: e.version, publishedAt: time }),
  put('modelVersion', { model: e.model, version: e.version }, {
    metrics: e.metrics, schema: e.schema, artifact: e.artifact, lineage: e.lineage, workspace: e.workspace, run: e.run, task: e.task, publishedAt: time,
  }),
];

const aliasSet: Projection<ModelAliasSet> = ({ model, alias, version, previous }, { time }) => [put('modelAlias', { model, alias }, { version, previous, setAt: time })];
const granted: Projection<ModelGranted> = ({ model, grantee }, { time }) => [put('modelGrant', { model, grantee }, { grantedAt: time })];
const grantRevoked: Projection<ModelGrantRevoked> = ({ model, grantee }) => [remove('modelGrant', { model, grantee })];

export const models: Projections = { ModelVersionPublished: published, ModelAliasSet: aliasSet, ModelGranted: granted, ModelGrantRevoked: grantRevoked };
