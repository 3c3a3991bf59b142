import type { FastifyInstance } from 'fastify';
import type { PartitionState } from '@novacron/log';
import { Counter, Gauge } from 'prom-client';
import { readsState } from './credentials.ts';
import type { Runtime } from './runtime.ts';

/** State of one live partition, as `GET /internal/state` tells it. */
export type LiveState = PartitionState;

/** The loop must turn within this, or the process is not alive (reliability.md X1). */
const STALL_MS = 30_000;

/** `/healthz`, `/readyz`, `/metrics`: by progress, not by presence. Public, on the process's own address only. */
export function healthRoutes(fastify: FastifyInstance, runtime: Runtime): void {
  const { host, metrics, ports, logWeakness, readiness } = runtime;
  let turned = ports.clock.monotonic();
  const turn = () => {
    turned = ports.clock.monotonic();
    ports.timers.after(5_000, turn);
  };
  turn();
  const gauge = (name: string, help: string, read: () => number) => new Gauge({ name, help, registers: [metrics], collect() { this.set(read()); } });
  gauge('novacron_log_backlog', 'Inputs and commits that are not in the log yet.', () => host.backlog);
  gauge('novacron_log_commits', 'Commits of this process since its start.', () => host.counters.commits);
  gauge('novacron_log_appends', 'Appends of this process since its start.', () => host.counters.appends);
  gauge('novacron_log_quarantined', 'Inputs that were quarantined since the start.', () => host.counters.quarantined);
  new Gauge({
    name: 'novacron_log_ignored', help: 'Records that the validity rule ignored, by kind.', labelNames: ['kind'], registers: [metrics],
    collect() { for (const [kind, count] of Object.entries(host.counters.ignored)) this.set({ kind }, count); },
  });
  new Gauge({
    name: 'novacron_log_failed_appends', help: 'Appends that did not land or may not have, by what is known of them; fenced ones are a former owner\'s.', labelNames: ['fault'], registers: [metrics],
    collect() { for (const [fault, count] of Object.entries(host.counters.failedAppends)) this.set({ fault }, count); },
  });
  const requests = new Counter({ name: 'novacron_http_requests_total', help: 'Answered requests by status class.', labelNames: ['status'], registers: [metrics] });
  fastify.addHook('onResponse', async (_request, reply) => requests.inc({ status: `${Math.floor(reply.statusCode / 100)}xx` }));

  fastify.get('/healthz', async (_request, reply) => {
    const age = ports.clock.monotonic() - turned;
    return reply.code(age > STALL_MS ? 503 : 200).send({ status: age > STALL_MS ? 'stalled' : 'alive' });
  });
  fastify.get('/readyz', async (_request, reply) => {
    const { reason } = readiness;
    return reply.code(reason ? 503 : 200).send(reason ? { status: 'not ready', reason } : { status: 'ready', ...(logWeakness && { detail: logWeakness }) });
  });
  fastify.get('/internal/state', async (request, reply) => {
    if (!readsState(runtime.secrets.credentialKey, request.headers.authorization)) return reply.code(401).send({ title: 'CredentialInvalid', status: 401 });
    return { states: host.states() };
  });
  fastify.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
}
