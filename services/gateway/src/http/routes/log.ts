import { SERVICES } from '@novacron/contracts';
import { z } from 'zod';
import { HttpProblem } from '../problem.ts';
import { read } from '../route.ts';

/** The partition that a path names; refuses what is none. */
function sourceOf({ service, partition }: { readonly service: string; readonly partition: string }) {
  if (!(SERVICES as readonly string[]).includes(service) || !/^\d{1,4}$/.test(partition)) throw new HttpProblem(404, 'PartitionUnknown', `There is no partition ${service}/${partition}.`);
  return { topic: service, partition: Number(partition) };
}

/** The log itself: a matter of the installation's admins, because it holds every team's. */
export const logRoutes = [
  read({
    operation: 'listHeads', method: 'GET', path: '/log/heads', role: 'admin', scope: 'system', summary: 'The newest signed head of every partition, and the public key that checks them.',
    read: async (_, { heads }) => ({ publicKey: heads.publicKey.pem, items: await heads.newest(SERVICES) }),
  }),
  read({
    operation: 'listPartitionHeads', method: 'GET', path: '/log/heads/{service}/{partition}', role: 'admin', scope: 'system', summary: 'Signed heads of a partition from number `from` on.',
    query: z.strictObject({ from: z.coerce.number().int().nonnegative().default(0), limit: z.coerce.number().int().min(1).max(1_000).default(1_000) }),
    read: async ({ params, query }, { heads }) => ({ items: await heads.list(sourceOf(params), query.from, query.limit) }),
  }),
];
