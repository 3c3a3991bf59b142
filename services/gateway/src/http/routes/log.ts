import { SERVICES } from '@novacron/contracts';
import { decodePosition } from '@novacron/kernel';
import { causesOf, countPartition, nameOf, partitionNamed, recordPage } from '@novacron/log';
import { z } from 'zod';
import type { Edge } from '../edge.ts';
import { sendCommits } from '../log-stream.ts';
import { HttpProblem, unknown } from '../problem.ts';
import { instant, oneOf, read, transfer } from '../route.ts';

const service = z.enum(SERVICES);
const seq = z.coerce.number().int().nonnegative();
const DEFAULT_SINCE_MS = 10 * 60_000;

/** The partition that a path names; refuses what is none. */
async function sourceOf({ records }: Edge, { service: topic, partition }: { readonly service: string; readonly partition: string }) {
  if (service.safeParse(topic).success && (await records.heads([topic])).has(`${topic}/${partition}`)) return { topic, partition: Number(partition) };
  throw new HttpProblem(404, 'PartitionUnknown', `There is no partition ${topic}/${partition}.`);
}

/** Why these routes take no `at`. */
const onlyNow = 'the log is its own past, and heads name the commits that they sign. Say which commits are meant.';

/** The log itself: a matter of the installation's admins, because it holds every team's. */
export const logRoutes = [
  read({
    operation: 'listPartitions', method: 'GET', path: '/log/partitions', role: 'admin', scope: 'system', summary: 'Partitions of the log: commits, epoch, who owns them, how far they are signed.',
    query: z.strictObject({ service: service.optional() }),
    read: async ({ query }, { records, heads }) => {
      const topics = query.service ? [query.service] : SERVICES;
      const signed = new Map((await heads.newest(topics)).map((head) => [nameOf(head), (JSON.parse(head.line) as { seq: number }).seq]));
      const items = [...(await records.heads(topics))].map(([name, { nextSeq, epoch, address }]) => {
        const { topic, partition } = partitionNamed(name);
        return { service: topic, partition, commits: nextSeq, epoch, address, signed: signed.get(name) ?? null };
      });
      return { items: items.sort((a, b) => SERVICES.indexOf(a.service as never) - SERVICES.indexOf(b.service as never) || a.partition - b.partition) };
    },
  }),
  read({
    operation: 'countPartition', method: 'GET', path: '/log/partitions/{service}/{partition}', role: 'admin', scope: 'system', summary: 'A partition, read whole: commits, claims, events, bytes, what the rule ignores by kind, first and last time.',
    read: async ({ params }, edge) => countPartition(edge.records, await sourceOf(edge, params)),
  }),
  read({
    operation: 'listRecords', method: 'GET', path: '/log/partitions/{service}/{partition}/records', role: 'admin', scope: 'system',
    summary: 'Records as they lie in a partition, from commit `from` through `to`, with what the rule says of each; `next` is where to go on.',
    query: z.strictObject({ from: seq.default(0), to: seq.default(Number.MAX_SAFE_INTEGER), limit: z.coerce.number().int().min(1).max(1_000).default(200) }),
    read: async ({ params, query }, edge) => recordPage(edge.records, await sourceOf(edge, params), query.from, query.to, query.limit),
  }),
  read({
    operation: 'listCauses', method: 'GET', path: '/log/causes/{position}', role: 'admin', scope: 'system', summary: 'A commit, the one that it answers, and so on to the command, timer or effect that began it.',
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(100) }),
    read: async ({ params, query }, { records }) => {
      const position = decodePosition(params.position);
      const items = position && service.safeParse(position.topic).success ? await causesOf(records, position, query.limit) : undefined;
      if (!items) throw unknown('Commit', params.position, 'the log');
      return { items };
    },
  }),
  transfer({
    operation: 'streamCommits', method: 'GET', path: '/log/commits', role: 'admin', scope: 'system', sends: 'application/x-ndjson',
    summary: 'Commits as JSON lines, causes before effects: of services, of a run over all services with what led to it, of a workflow; from `since` (10 minutes ago) to now, or with `follow=true` for ever.',
    query: z.strictObject({
      service: oneOf(...(SERVICES as unknown as [string, ...string[]])).optional(), run: z.string().max(100).optional(), workflow: z.string().max(100).optional(), workspace: z.string().max(100).optional(),
      since: instant.optional(), follow: z.enum(['true', 'false']).optional(),
    }),
    transfer: async ({ caller, query }, edge, request, reply) => {
      const run = query.run === undefined ? undefined : await edge.rows.one('run', { id: query.run });
      if (query.run !== undefined && !run) throw unknown('Run', query.run);
      const since = query.since ?? run?.createdAt ?? edge.ports.clock.now() - DEFAULT_SINCE_MS;
      return sendCommits(edge, request, reply, { caller, services: query.service ?? SERVICES, run, workflow: query.workflow, workspace: query.workspace, since, follow: query.follow === 'true' });
    },
  }),
  read({
    operation: 'listHeads', method: 'GET', path: '/log/heads', role: 'admin', scope: 'system', summary: 'The newest signed head of every partition, and the public key that checks them.',
    read: async (_, { heads }) => ({ publicKey: heads.publicKey.pem, items: await heads.newest(SERVICES) }),
  }),
  read({
    operation: 'listPartitionHeads', method: 'GET', path: '/log/heads/{service}/{partition}', role: 'admin', scope: 'system', summary: 'Signed heads of a partition from number `from` on.',
    query: z.strictObject({ from: seq.default(0), limit: z.coerce.number().int().min(1).max(1_000).default(1_000) }),
    read: async ({ params, query }, edge) => ({ items: await edge.heads.list(await sourceOf(edge, params), query.from, query.limit) }),
  }),
].map((route) => ({ ...route, onlyNow }));
