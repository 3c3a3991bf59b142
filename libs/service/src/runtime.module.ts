import { Module, type DynamicModule } from '@nestjs/common';
import { ARTIFACTS, DATABASE, FEED, HEADS, LOGGER, METRICS, OWNERS, PORTS, READINESS, RECORDS, SECRETS, SETTINGS, SOCKETS } from './api.ts';
import type { Runtime } from './runtime.ts';

export const RUNTIME = 'novacron:runtime';

/** Gives every module what the process has of the installation. */
@Module({})
export class RuntimeModule {
  static of(runtime: Runtime): DynamicModule {
    const values: Record<string, unknown> = {
      [RUNTIME]: runtime, [PORTS]: runtime.ports, [SETTINGS]: runtime.settings, [SECRETS]: runtime.secrets, [ARTIFACTS]: runtime.artifacts, [SOCKETS]: runtime.sockets,
      [FEED]: runtime.feed, [OWNERS]: runtime.owners, [METRICS]: runtime.metrics, [LOGGER]: runtime.logger, [DATABASE]: { url: runtime.databaseUrl }, [RECORDS]: runtime.driver, [READINESS]: runtime.readiness, [HEADS]: runtime.heads,
    };
    const providers = Object.entries(values).map(([provide, useValue]) => ({ provide, useValue }));
    return { module: RuntimeModule, global: true, providers, exports: providers.map(({ provide }) => provide) };
  }
}
