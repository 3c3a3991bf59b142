import { stateCredential } from '@novacron/service';
import type { Edge } from './edge.ts';

/** An executor that does not answer within this is not waited for: progress is a courtesy. */
const PATIENCE_MS = 300;

/** What running attempts say of their progress, by `task/attempt`: it lives in the executors' memory, never in the log. */
export async function progressOf({ owners, secrets, moment }: Edge, run: string): Promise<Record<string, number>> {
  if (moment) return {};
  const headers = { authorization: `Bearer ${stateCredential(secrets.credentialKey)}` };
  const ask = async (address: string): Promise<Record<string, number>> => {
    const answer = await fetch(`${address}/internal/progress/${encodeURIComponent(run)}`, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? ((await answer.json()) as { progress: Record<string, number> }).progress : {};
  };
  const answers = await Promise.all((await owners.of('executor')).map((address) => ask(address).catch(() => ({}))));
  return Object.assign({}, ...answers) as Record<string, number>;
}
