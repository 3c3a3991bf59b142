import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { delay, type Ports } from '@novacron/kernel';
import {
  ARTIFACTS, DATABASE, FEED, HEADS, LOGGER, logOf, METRICS, OWNERS, PORTS, READINESS, RECORDS, SECRETS, SETTINGS, Unavailable, type ArtifactStore, type Database, type Feed, type Followed, type Owners, type Readiness, type Records, type Secrets, type ServiceLog,
  type Settings, type SignedHeads,
} from '@novacron/service';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Counter, Gauge, type Registry } from 'prom-client';
import { gatewayConfig, logSettings } from '../config.ts';
import { Past } from '../past/past.ts';
import { readerProcess } from '../past/reader-process.ts';
import { Projector } from '../projections/projector.ts';
import { ProjectionStore } from '../projections/store.ts';
import { registerApi } from './api.ts';
import type { Edge } from './edge.ts';
import { firstStart } from './first-start.ts';
import { KeyDirectory } from './key-directory.ts';
import { LiveStream } from './live-stream.ts';
import { Outcomes } from './outcomes.ts';
import { RateLimit } from './rate-limit.ts';
import { rowsOf } from './rows.ts';

const RETRY_MS = 50;
/** Only who is far behind takes so long; a stranger then waits as well, and learns nothing. */
const CURRENT_MS = 5_000;

/** Wires the edge: API routes, projector, live stream, key directory, first start. */
@Injectable()
export class GatewayEdge implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly http: HttpAdapterHost;
  private readonly log: ServiceLog;
  private readonly ports: Ports;
  private readonly settings: Settings;
  private readonly secrets: Secrets;
  private readonly artifacts: ArtifactStore;
  private readonly database: Database;
  private readonly feed: Feed;
  private readonly owners: Owners;
  private readonly metrics: Registry;
  private readonly logger: Logger;
  private readonly records: Records;
  private readonly heads: SignedHeads;
  private store: ProjectionStore | undefined;
  private projector: Projector | undefined;
  private edge: Edge | undefined;
  private begun: Promise<void> = Promise.resolve();

  constructor(
    http: HttpAdapterHost, @Inject(logOf('gateway')) log: ServiceLog, @Inject(PORTS) ports: Ports, @Inject(SETTINGS) settings: Settings, @Inject(SECRETS) secrets: Secrets,
    @Inject(ARTIFACTS) artifacts: ArtifactStore, @Inject(DATABASE) database: Database, @Inject(FEED) feed: Feed, @Inject(OWNERS) owners: Owners, @Inject(METRICS) metrics: Registry, @Inject(LOGGER) logger: Logger,
    @Inject(RECORDS) records: Records, @Inject(HEADS) heads: SignedHeads, @Inject(READINESS) readiness: Readiness,
  ) {
    this.http = http;
    this.log = log;
    this.ports = ports;
    this.settings = settings;
    this.secrets = secrets;
    this.artifacts = artifacts;
    this.database = database;
    this.feed = feed;
    this.owners = owners;
    this.metrics = metrics;
    this.logger = logger;
    this.records = records;
    this.heads = heads;
    readiness.add(() => (this.edge?.directory.ready ? undefined : 'keys and workspaces are being read'));
  }

  async onModuleInit(): Promise<void> {
    const config = gatewayConfig(this.settings.env);
    const turnedAway = new Counter({ name: 'novacron_gateway_turned_away_total', help: 'Requests refused at the door, by reason.', labelNames: ['reason'], registers: [this.metrics] });
    this.store = await ProjectionStore.open(this.database.url);
    const live = new LiveStream(this.ports);
    this.projector = this.makeProjector(this.store, live);
    const projector = this.projector;
    this.edge = {
      log: this.log, ports: this.ports, owners: this.owners, config, secrets: this.secrets, artifacts: this.artifacts, records: this.records, feed: this.feed, heads: this.heads, live, rows: rowsOf(this.store.source),
      past: new Past(readerProcess({ databaseUrl: this.database.url, log: logSettings(this.settings.env), mostRows: config.pastRows }), this.ports),
      directory: new KeyDirectory(this.log, this.ports), outcomes: new Outcomes(this.log, this.ports, () => projector.nudge()), current: () => projector.current(['gateway'], CURRENT_MS),
      limits: { keys: new RateLimit(config.keyRate, this.ports.clock), strangers: new RateLimit(config.strangerRate, this.ports.clock) },
      reached: (position, ms) => projector.reached(position, ms),
      turnedAway: (reason) => turnedAway.inc({ reason }),
    };
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    registerApi(fastify, this.edge, (error) => this.logger.error({ error: error.stack }, 'a request failed'));
  }

  onApplicationBootstrap(): void {
    this.projector!.start();
    // The partitions are claimed after the HTTP server listens; until then requests are answered with 503.
    this.begun = this.begin().catch((error: Error) => this.logger.error({ error: error.message }, 'the gateway cannot begin'));
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.edge?.live.close();
    this.edge?.past.close();
    await this.begun;
    await this.projector?.stop();
    await this.store?.close();
  }

  private async begin(): Promise<void> {
    const { signal } = this.stopping;
    const accepted = await this.firstStart();
    if (accepted === false) this.logger.warn('the key in admin.key is not one of this log: it was made for another database, or was revoked');
    await this.edge!.directory.refresh(signal);
  }

  /** Undefined where the process stops before anybody owns the system's partition. */
  private async firstStart(): Promise<boolean | undefined> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        return await firstStart(this.log, this.settings.dataDir, this.secrets, this.ports.random);
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        await delay(this.ports.timers, RETRY_MS, signal);
      }
    }
    return undefined;
  }

  private hear(batch: readonly Followed[]): void {
    for (const { topic, partition, seq, events } of batch) {
      if (topic !== 'gateway') continue;
      for (const event of events) {
        this.edge!.directory.hear(event);
        this.edge!.outcomes.hear(event, { topic, partition, seq });
      }
    }
  }

  private makeProjector(store: ProjectionStore, live: LiveStream): Projector {
    const refused = new Counter({ name: 'novacron_projection_refused_total', help: 'Commits whose rows the database refused.', registers: [this.metrics] });
    const lag = new Gauge({ name: 'novacron_projection_lag_seconds', help: 'Age of the last projected commit when it was projected.', registers: [this.metrics] });
    return new Projector(store, this.feed, this.ports, {
      heard: (batch) => this.hear(batch),
      applied: (batch) => {
        live.push(batch);
        lag.set((this.ports.clock.now() - batch.at(-1)!.time) / 1_000);
      },
      refused: ({ topic, partition, seq }, error) => {
        refused.inc();
        this.logger.error({ position: `${topic}.${partition}.${seq}`, error: error.message }, 'the database refuses a commit\'s rows; they are left out');
      },
      failed: (error) => this.logger.warn({ error: error.message }, 'projecting failed and is tried again'),
    });
  }
}
