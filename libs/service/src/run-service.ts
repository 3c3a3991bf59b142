import 'reflect-metadata';
import { hostname } from 'node:os';
import { Module, type DynamicModule, type LoggerService, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { isOutage } from '@novacron/log';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { addressOf, withFiles } from './environment.ts';
import { forwardRoute } from './forwarding.ts';
import { healthRoutes } from './health.ts';
import { lingerAfterRefusals } from './linger.ts';
import { RuntimeModule } from './runtime.module.ts';
import { openRuntime, type Runtime } from './runtime.ts';
import { LogStrategy } from './strategy.ts';

/** Body limit of routes that set none of their own: 1 MiB. */
const BODY_LIMIT = 1024 * 1024;
const HOUSEKEEPING_MS = 60_000;
/** Exit code of a start that was cut short by a database that is away or has no room: EX_TEMPFAIL of sysexits.h. */
const TRY_AGAIN = 75;

export interface RunningProcess {
  readonly runtime: Runtime;
  readonly app: NestFastifyApplication;
  stop(): Promise<void>;
}

@Module({})
class ProcessModule {}

/** Starts the modules' services in this process: HTTP first (not ready), then the log; resolves when all partitions have caught up. */
export async function startProcess(modules: readonly Type[], env: Readonly<Record<string, string | undefined>>, alone: boolean): Promise<RunningProcess> {
  const runtime = await openRuntime(env, alone);
  const root: DynamicModule = { module: ProcessModule, imports: [RuntimeModule.of(runtime), ...modules] };
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter({ bodyLimit: BODY_LIMIT, connectionTimeout: 30_000, requestTimeout: 0, forceCloseConnections: true }), {
    logger: nestLogger(runtime.logger), bodyParser: true,
  });
  let state: string | undefined = 'partitions are being claimed and rebuilt';
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  runtime.readiness.add(() => state);
  healthRoutes(fastify, runtime);
  forwardRoute(fastify, runtime.host, runtime.secrets, runtime.ports);
  lingerAfterRefusals(fastify, runtime.ports.timers);
  runtime.sockets.attach(app.getHttpServer());
  app.connectMicroservice({ strategy: new LogStrategy(runtime) });
  await app.listen(runtime.listen.port, runtime.listen.host);
  runtime.settings.address = addressOf(env, runtime.listen.host, await app.getUrl(), hostname());
  await app.startAllMicroservices();
  state = undefined;
  runtime.notary.start();
  const stopHousekeeping = housekeeping(runtime);
  const stop = async () => {
    state = 'stopping';
    stopHousekeeping();
    runtime.sockets.close();
    await app.close();
    await runtime.notary.stop();
    await runtime.close();
  };
  return { runtime, app, stop };
}

/** Entry of a service's own process: runs until SIGTERM or SIGINT. */
export async function runService(module: Type): Promise<void> {
  await runProcess([module], false, () => {});
}

/** Runs modules until a signal; what cannot start is said in one sentence. */
export async function runProcess(modules: readonly Type[], alone: boolean, started: (running: RunningProcess) => void | Promise<void>): Promise<void> {
  try {
    const running = await startProcess(modules, withFiles(process.env), alone);
    const end = () => void running.stop().then(() => process.exit(0), () => process.exit(1));
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
    await started(running);
    running.runtime.logger.info({ address: running.runtime.settings.address }, 'ready');
  } catch (error) {
    process.stderr.write(`novacron: ${(error as Error).message}\n`);
    process.exit(isOutage(error) ? TRY_AGAIN : 1);
  }
}

function housekeeping({ host, ports, logger }: Runtime): () => void {
  let cancel = () => {};
  const next = () => {
    cancel = ports.timers.after(HOUSEKEEPING_MS, () => {
      void host.housekeeping().catch((error: Error) => logger.error({ error: error.message }, 'housekeeping failed')).then(next);
    });
  };
  next();
  return () => cancel();
}

function nestLogger(logger: Logger): LoggerService {
  const at = (level: 'debug' | 'warn' | 'error' | 'fatal') => (message: unknown, ...rest: unknown[]) => logger[level]({ context: rest.at(-1) }, String(message));
  return { log: at('debug'), debug: at('debug'), verbose: at('debug'), warn: at('warn'), error: at('error'), fatal: at('fatal') };
}
