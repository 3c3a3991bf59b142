import type { LogDriver } from '@novacron/log';
import { stateCredential, type LiveState, type Secrets } from '@novacron/service';
import { definitions } from '../definitions.ts';

/** States of all partitions that live processes own now; each process answers for all of its own at once. */
export async function liveStates(driver: LogDriver, secrets: Secrets): Promise<LiveState[]> {
  const addresses = new Set([...(await driver.heads(definitions.map(({ name }) => name))).values()].map(({ address }) => address));
  const authorization = `Bearer ${stateCredential(secrets.credentialKey)}`;
  const answers = await Promise.all([...addresses].map(async (address) => {
    try {
      const answer = await fetch(`${address}/internal/state`, { headers: { authorization } });
      return answer.ok ? ((await answer.json()) as { states: LiveState[] }).states : [];
    } catch {
      return []; // nobody runs there any more
    }
  }));
  return answers.flat();
}
