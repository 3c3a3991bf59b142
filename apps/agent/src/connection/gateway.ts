import { agentServices, type AgentServices } from '@novacron/contracts';

/** Asks the gateway which processes of fleet and executors there are. */
export async function servicesOf(gateway: string, token: string): Promise<AgentServices> {
  const response = await fetch(`${gateway}/api/v1/agent/services`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 200)} (${gateway})`);
  return agentServices.parse(await response.json());
}
