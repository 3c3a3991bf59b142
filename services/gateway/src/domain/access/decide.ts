import type { Decide, Json, View } from '@novacron/kernel';
import type { BootstrapReply, Bootstrap, DirectoryReply, DirectoryRequested } from './messages.ts';
import { isLive, SYSTEM, type accessSchema } from './state.ts';

type Access = View<typeof accessSchema>;

export const bootstrap: Decide<Access, Bootstrap> = (state, { hash, prefix }, { now, newId }) => {
  const known = state.nodeCredential.first('byWorkspace', SYSTEM);
  if (known !== undefined) {
    const accepted = [...state.key.ids()].map((id) => state.key.get(id)!)
      .some((key) => key.hash === hash && key.workspace === SYSTEM && key.role === 'admin' && isLive(key, now));
    return { events: [], reply: { nodeCredential: known, accepted } satisfies BootstrapReply };
  }
  const by = () => ({ command: newId(), workspace: SYSTEM, actor: { key: SYSTEM, name: SYSTEM, auth: 'first-start' } });
  const credential = newId();
  return {
    events: [
      { type: 'WorkspaceCreated', ...by(), title: 'The installation itself' },
      { type: 'KeyCreated', ...by(), key: newId(), name: 'first admin', role: 'admin', hash, prefix },
      { type: 'NodeCredentialCreated', ...by(), credential, pool: 'default' },
      { type: 'PoolSetRequested', ...by(), pool: 'default', title: 'Default pool' },
    ],
    reply: { nodeCredential: credential, accepted: true } satisfies BootstrapReply,
  };
};

export const directoryRequested: Decide<Access, DirectoryRequested> = (state) => ({
  events: [],
  reply: {
    workspaces: [...state.workspace.ids()],
    keys: [...state.key.ids()].map((id) => ({ id, ...state.key.get(id)! })),
  } satisfies DirectoryReply as unknown as Json,
});
