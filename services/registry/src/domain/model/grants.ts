import type { ModelAliasRequested, ModelGrantRequested, ModelGrantRevokeRequested } from '@novacron/contracts';
import { NOTHING, type DecideContext, type Decision, type Message } from '@novacron/kernel';
import { Answer } from './answer.ts';
import { ownerOf, versionId, type RegistryView } from './state.ts';
import { START, tellRevoked } from './telling.ts';

type Asked = { readonly command: string; readonly workspace: string; readonly model: string };

/** DP-05: another workspace may use the model, also one that does not exist yet. */
export function onModelGrantRequested(state: RegistryView, message: ModelGrantRequested): Decision {
  const { command, workspace, model, grantee } = message;
  const foreign = ownership(message);
  if (foreign) return foreign;
  if (state.model.get(model)?.grants[grantee] === command) return NOTHING;
  return { events: [{ type: 'ModelGranted', command, workspace, model, grantee }] };
}

/** What rests on the grant is refused at once; a version that a run has pinned stays with it. */
export function onModelGrantRevokeRequested(state: RegistryView, message: ModelGrantRevokeRequested, context: DecideContext): Decision {
  const { command, workspace, model, grantee } = message;
  const foreign = ownership(message);
  if (foreign) return foreign;
  if (!Object.hasOwn(state.model.get(model)?.grants ?? {}, grantee)) return refused(message, 'GrantUnknown', 404, `workspace ${grantee} has no grant for ${model}`);
  const answer = new Answer();
  answer.say({ type: 'ModelGrantRevoked', command, workspace, model, grantee });
  if (grantee !== ownerOf(model)) tellRevoked(state, model, grantee, START, answer, context);
  return answer.decision();
}

/** With `expected` (null: not yet set) the alias moves only from there, so two movers cannot both win (M1). */
export function onModelAliasRequested(state: RegistryView, message: ModelAliasRequested): Decision {
  const { command, workspace, model, alias, version, expected } = message;
  const foreign = ownership(message);
  if (foreign) return foreign;
  const aliases = state.model.get(model)?.aliases ?? {};
  const current = Object.hasOwn(aliases, alias) ? aliases[alias]! : undefined;
  if (current?.command === command) return NOTHING;
  if (!state.version.has(versionId(model, version))) return refused(message, 'VersionUnknown', 404, `${model} has no version ${version}`);
  const previous = current?.version ?? null;
  if (expected !== undefined && expected !== previous) {
    return refused(message, 'AliasMoved', 409, `${model}:${alias} points ${previous === null ? 'nowhere' : `at ${previous}`}, not ${expected === null ? 'nowhere' : `at ${expected}`}; look again`);
  }
  return { events: [{ type: 'ModelAliasSet', command, workspace, model, alias, version, previous }] };
}

function ownership(asked: Asked): Decision | undefined {
  const owner = ownerOf(asked.model);
  return owner === asked.workspace ? undefined : refused(asked, 'ModelNotOwned', 403, `only workspace ${owner} decides on ${asked.model}`);
}

function refused({ command, workspace, model }: Asked, code: string, status: number, detail: string): Decision {
  return { events: [{ type: 'ModelCommandRefused', command, workspace, model, problem: { code, status, detail } } as Message] };
}
