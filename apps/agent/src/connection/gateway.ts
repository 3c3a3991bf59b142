import { agentServices, type AgentServices } from '@novacron/contracts';

/** A gateway that is cut off says nothing at all: the next question may reach another. */
const PATIENCE_MS = 5_000;

/** Asks the gateway which processes of fleet and executors there are. Rejects when `patience` aborts. */
export async function servicesOf(gateway: string, token: string, patience = AbortSignal.timeout(PATIENCE_MS)): Promise<AgentServices> {
  const response = await fetch(`${gateway}/api/v1/agent/services`, { headers: { authorization: `Bearer ${token}` }, signal: patience });
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 200)} (${gateway})`);
  return agentServices.parse(await response.json());
}
