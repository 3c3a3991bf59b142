import type { KeyCreated, KeyRevoked, WorkspaceCreated } from '@novacron/contracts';
import type { Projection, Projections } from './project.ts';
import { put } from './tables.ts';

const workspaceCreated: Projection<WorkspaceCreated> = ({ workspace, title }, { time }) => [put('workspace', { id: workspace }, { title, createdAt: time })];

/** The hash stays in the log: nobody reads it here. */
const keyCreated: Projection<KeyCreated> = ({ key, workspace, name, role, prefix, actor, expiresAt }, { time }) => [
  put('apiKey', { id: key }, { workspace, name, role, prefix, createdAt: time, createdBy: actor.key, expiresAt }),
];

const keyRevoked: Projection<KeyRevoked> = ({ key }, { time }) => [put('apiKey', { id: key }, { revokedAt: time })];

export const access: Projections = { WorkspaceCreated: workspaceCreated, KeyCreated: keyCreated, KeyRevoked: keyRevoked };
