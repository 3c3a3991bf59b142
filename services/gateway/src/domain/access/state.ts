import { table, type Evolve, type State } from '@novacron/kernel';
import type { KeyCreated, KeyRevoked, NodeCredentialCreated, Role, WorkspaceCreated } from '@novacron/contracts';

/** Keys of this workspace that are admins may act in every workspace. */
export const SYSTEM = 'system';

export interface Workspace {
  readonly title: string;
}

export interface Key {
  readonly workspace: string;
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the key's text; the text itself is shown once and kept nowhere. */
  readonly hash: string;
  readonly expiresAt?: number;
  readonly revoked?: true;
}

export interface NodeCredential {
  readonly workspace: string;
  readonly pool: string;
}

export const accessSchema = {
  workspace: table<Workspace>(),
  key: table<Key>(),
  nodeCredential: table<NodeCredential>({ byWorkspace: (credential) => [credential.workspace] }),
};
type Access = State<typeof accessSchema>;

const workspaceCreated: Evolve<Access, WorkspaceCreated> = (state, event) => {
  state.workspace.put(event.workspace, { title: event.title });
};

const keyCreated: Evolve<Access, KeyCreated> = (state, { key, workspace, name, role, hash, expiresAt }) => {
  state.key.put(key, { workspace, name, role, hash, ...(expiresAt !== undefined && { expiresAt }) });
};

const keyRevoked: Evolve<Access, KeyRevoked> = (state, event) => {
  const key = state.key.get(event.key);
  if (key) state.key.put(event.key, { ...key, revoked: true });
};

const nodeCredentialCreated: Evolve<Access, NodeCredentialCreated> = (state, { credential, workspace, pool }) => {
  state.nodeCredential.put(credential, { workspace, pool });
};

export const accessFolds = {
  WorkspaceCreated: workspaceCreated,
  KeyCreated: keyCreated,
  KeyRevoked: keyRevoked,
  NodeCredentialCreated: nodeCredentialCreated,
};

/** Whether the key still opens anything at that time. */
export const isLive = (key: Pick<Key, 'revoked' | 'expiresAt'>, now: number): boolean =>
  !key.revoked && (key.expiresAt === undefined || key.expiresAt > now);
