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
import { Agents } from './agents.ts';
import { AttemptEffects } from './attempt-effects.ts';
import { OpenAttempts } from './open-attempts.ts';
import { Orders } from './orders.ts';
import { Results } from './results.ts';
import { Silence } from './silence.ts';

/** The executor's edge, put together: orders out of the log, agents' frames and attempts' requests into it. */
@Injectable()
export class ExecutorEffects implements OnModuleInit, BeforeApplicationShutdown {
  private readonly attempts: OpenAttempts;
  private readonly results: Results;
  private readonly silence: Silence;
  private readonly agents: Agents;
  private readonly effects: AttemptEffects;

  readonly StartAttempt = (order: StartAttempt, context: EffectContext) => this.effects.start(order, context);
  readonly StopAttempt = (order: StopAttempt, context: EffectContext) => this.effects.stop(order, context);

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
    this.attempts = new OpenAttempts(ports);
    const orders = new Orders(log, ports, secrets);
    this.results = new Results(log, ports, this.attempts, (problem, text) => logger.warn(problem, text));
    this.silence = new Silence(log, ports, this.attempts);
    const now = () => ports.clock.monotonic();
    this.agents = new Agents({ log, secrets, attempts: this.attempts, orders, results: this.results, silence: this.silence, timers: ports.timers, now });
    this.effects = new AttemptEffects(log, ports, this.attempts, orders, this.results);
  }

  async onModuleInit(): Promise<void> {
    const { log, ports, secrets, artifacts } = this;
    const { artifactLimit } = configOf(this.settings);
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    await fastify.register(attemptRoutes, { log, ports, secrets, artifacts, artifactLimit });
    fastify.get('/internal/progress/:run', async (request, reply) => {
      if (!readsState(secrets.credentialKey, request.headers.authorization)) return reply.code(401).send({ title: 'CredentialInvalid', status: 401 });
      return { progress: this.attempts.progressOf((request.params as { run: string }).run) };
    });
    this.measure();
    this.agents.listen(this.sockets);
    this.silence.start();
  }

  beforeApplicationShutdown(): void {
    this.silence.stop();
    this.results.close();
    this.agents.close();
  }

  private measure(): void {
    const { attempts, results, metrics } = this;
    const gauge = (name: string, help: string, read: () => number) => new Gauge({ name, help, registers: [metrics], collect() { this.set(read()); } });
    gauge('novacron_executor_attempts_open', 'Attempts that this process drives.', () => attempts.size);
    gauge('novacron_executor_results_refused', 'Results since the start that changed nothing: late, repeated or superseded.', () => results.refused);
  }
}
