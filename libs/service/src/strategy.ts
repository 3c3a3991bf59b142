import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { ServiceDefinition } from '@novacron/kernel';
import type { EffectHandlers } from '@novacron/log';
import { lastValueFrom, isObservable } from 'rxjs';
import type { Runtime } from './runtime.ts';

/** What a service's module registers: once, through Nest; from then on its deciders are called directly. */
export interface Registration {
  readonly definition: ServiceDefinition;
  readonly effects: EffectHandlers;
}

/**
 * The log as a transport of Nest: every message pattern of the application is a service whose handler answers its registration. Lifecycle and
 * interceptors are Nest's; there is no Observable per message. (Nest's own Kafka server commits on error and loops on poison records.)
 */
export class LogStrategy extends Server implements CustomTransportStrategy {
  private readonly runtime: Runtime;

  constructor(runtime: Runtime) {
    super();
    this.runtime = runtime;
  }

  listen(callback: (error?: unknown) => void): void {
    this.host().then(() => callback(), callback);
  }

  close(): Promise<void> {
    return this.runtime.host.stop();
  }

  on(): never {
    throw new Error('the log has no events of its own');
  }

  unwrap<T>(): T {
    return this.runtime.host as T;
  }

  private async host(): Promise<void> {
    for (const handler of this.messageHandlers.values()) {
      const { definition, effects } = await registrationOf(handler);
      this.runtime.host.add(definition, effects);
    }
    await this.runtime.host.start();
  }
}

async function registrationOf(handler: MessageHandler): Promise<Registration> {
  const answer: unknown = await handler(undefined, undefined);
  return (isObservable(answer) ? await lastValueFrom(answer) : answer) as Registration;
}
