import type { Ports } from '@novacron/kernel';
import type { Head, LogDriver } from '@novacron/log';
import type { Owners } from './api.ts';

/** What was read of the claims is good for so long. */
const FRESH_MS = 200;

/** Who owns what, from the claims in the log. */
export function ownersOf(driver: Pick<LogDriver, 'heads'>, { clock }: Ports): Owners {
  const known = new Map<string, { readonly at: number; readonly heads: Promise<ReadonlyMap<string, Head>> }>();
  const headsOf = (service: string): Promise<ReadonlyMap<string, Head>> => {
    const before = known.get(service);
    if (before && clock.monotonic() - before.at < FRESH_MS) return before.heads;
    const heads = driver.heads([service]);
    known.set(service, { at: clock.monotonic(), heads });
    heads.catch(() => known.delete(service));
    return heads;
  };
  return {
    of: async (service) => [...new Set([...(await headsOf(service)).values()].map(({ address }) => address))],
    at: async (service, partition) => (await headsOf(service)).get(`${service}/${partition}`)?.address,
  };
}
