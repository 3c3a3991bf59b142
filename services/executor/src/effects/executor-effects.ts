import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  ARTIFACTS, LOGGER, logOf, METRICS, PORTS, readsState, SECRETS, SETTINGS, SOCKETS,
  type ArtifactStore, type EffectContext, type Ports, type Secrets, type ServiceLog, type Settings, type Sockets,
} from '@novacron/service';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import { configOf } from '../config.ts';
import type { StartAttempt, StopAttempt } from '../domain/attempt/messages.ts';
import { attemptRoutes } from '../http/attempt-routes.ts';
import { executorEdge } from './edge.ts';

/** The edge in a process: beside the agents' sockets the attempts' requests, and what is measured. */
@Injectable()
export class ExecutorEffects implements OnModuleInit, BeforeApplicationShutdown {
  private readonly edge: ReturnType<typeof executorEdge>;

  readonly StartAttempt = (order: StartAttempt, context: EffectContext) => this.edge.effects.StartAttempt(order, context);
  readonly StopAttempt = (order: StopAttempt, context: EffectContext) => this.edge.effects.StopAttempt(order, context);

  constructor(
    @Inject(logOf('executor')) private readonly log: ServiceLog,
    @Inject(PORTS) private readonly ports: Ports,
    @Inject(SECRETS) private readonly secrets: Secrets,
    @Inject(ARTIFACTS) private readonly artifacts: ArtifactStore,
    @Inject(SOCKETS) private readonly sockets: Sockets,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(METRICS) private readonly metrics: Registry,
    @Inject(LOGGER) logger: Logger,
    @Inject(HttpAdapterHost) private readonly http: HttpAdapterHost,
  ) {
    this.edge = executorEdge({ log, ports, secrets, warn: (problem, text) => logger.warn(problem, text) });
  }

  async onModuleInit(): Promise<void> {
    const { log, ports, secrets, artifacts } = this;
    const { artifactLimit } = configOf(this.settings);
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    await fastify.register(attemptRoutes, { log, ports, secrets, artifacts, artifactLimit });
    fastify.get('/internal/progress/:run', async (request, reply) => {
      if (!readsState(secrets.credentialKey, request.headers.authorization)) return reply.code(401).send({ title: 'CredentialInvalid', status: 401 });
      return { progress: this.edge.attempts.progressOf((request.params as { run: string }).run) };
    });
    this.measure();
    this.edge.agents.listen(this.sockets);
    this.edge.silence.start();
  }

  beforeApplicationShutdown(): void {
    this.edge.silence.stop();
    this.edge.results.close();
    this.edge.agents.close();
  }

  private measure(): void {
    const { metrics, edge: { attempts, results } } = this;
    const gauge = (name: string, help: string, read: () => number) => new Gauge({ name, help, registers: [metrics], collect() { this.set(read()); } });
    gauge('novacron_executor_attempts_open', 'Attempts that this process drives.', () => attempts.size);
    gauge('novacron_executor_results_refused', 'Results since the start that changed nothing: late, repeated or superseded.', () => results.refused);
  }
}
