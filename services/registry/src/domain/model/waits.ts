import type { AwaitWithdrawn, ModelAwaited } from '@novacron/contracts';
import { NOTHING, type Decision, type Message } from '@novacron/kernel';
import { Answer } from './answer.ts';
import { Catalogue } from './catalogue.ts';
import { comparisonFault } from './compatibility.ts';
import { HOUR, type WaitExpired } from './messages.ts';
import { rangeOf } from './order.ts';
import { mayUse, waitTimer, type RegistryView } from './state.ts';
import { noGrant } from './telling.ts';

/** DP-10: answered at once where a version fits already, else when one does. The model need not exist yet. */
export function onModelAwaited(state: RegistryView, message: ModelAwaited): Decision {
  const { wait, workspace, run, task, model, range, compat, deadline } = message;
  if (state.wait.has(wait)) return NOTHING;
  const asked = { wait, workspace, run, task, model, range, ...(compat && { compat }) };
  const answer = new Answer();
  const fault = mayUse(state, model, workspace) ? demandFault(message) : noGrant(message);
  if (fault !== undefined) {
    answer.refuseWait(asked, fault);
    return { events: answer.events };
  }
  const best = new Catalogue(state, model).best(asked);
  if (best) {
    answer.satisfy(asked, best);
    return { events: answer.events };
  }
  const registered = { type: 'AwaitRegistered', ...asked, ...(deadline !== undefined && { deadline }) } as Message;
  if (deadline === undefined) return { events: [registered] };
  return { events: [registered], timers: [{ id: waitTimer(wait), at: deadline + HOUR, message: { type: 'WaitExpired', wait } }] };
}

export function onAwaitWithdrawn(state: RegistryView, { wait }: AwaitWithdrawn): Decision {
  const known = state.wait.get(wait);
  return known ? { events: [{ type: 'AwaitForgotten', model: known.model, wait }], timers: [{ id: waitTimer(wait) }] } : NOTHING;
}

export function onWaitExpired(state: RegistryView, { wait }: WaitExpired): Decision {
  const known = state.wait.get(wait);
  return known ? { events: [{ type: 'AwaitForgotten', model: known.model, wait }] } : NOTHING;
}

/** Why a demand could never be met, however many versions come. */
export function demandFault({ range, compat }: Pick<ModelAwaited, 'range' | 'compat'>): string | undefined {
  if (!rangeOf(range)) return `'${String(range).slice(0, 60)}' is no version range; write an npm range such as '^1.0.0'`;
  for (const [name, comparison] of Object.entries(compat?.metrics ?? {})) {
    const fault = comparisonFault(comparison);
    if (fault) return `metric ${name}: ${fault}`;
  }
  return undefined;
}
