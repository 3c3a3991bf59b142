import { Controller, Module, type DynamicModule } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import type { Schema, ServiceDefinition } from '@novacron/kernel';
import { effectsOf, logOf, type Effects } from './api.ts';
import { RUNTIME } from './runtime.module.ts';
import type { Runtime } from './runtime.ts';
import { serviceLog } from './service-log.ts';
import type { Registration } from './strategy.ts';

/** Registers a service's reactions with the log, and gives its edges their `ServiceLog`. */
@Module({})
export class ServiceModule {
  static register<S extends Schema>(definition: ServiceDefinition<S>): DynamicModule {
    const { name } = definition;
    return {
      module: ServiceModule,
      controllers: [registrationController(definition as unknown as ServiceDefinition)],
      providers: [{ provide: logOf(name), useFactory: ({ host, forward }: Runtime) => serviceLog(host, name, forward), inject: [RUNTIME] }],
      exports: [logOf(name)],
    };
  }
}

/** A controller with one message pattern, the service's name; made per service because Nest reads patterns from decorators. */
function registrationController(definition: ServiceDefinition) {
  class ServiceRegistration {
    private readonly modules: ModuleRef;
    constructor(modules: ModuleRef) {
      this.modules = modules;
    }
    register(): Registration {
      let effects: Effects = {};
      try {
        effects = this.modules.get<Effects>(effectsOf(definition.name), { strict: false });
      } catch {
        // A service without effects provides none.
      }
      return { definition, effects };
    }
  }
  Reflect.defineMetadata('design:paramtypes', [ModuleRef], ServiceRegistration);
  Controller()(ServiceRegistration);
  MessagePattern(definition.name)(ServiceRegistration.prototype, 'register', Object.getOwnPropertyDescriptor(ServiceRegistration.prototype, 'register')!);
  return ServiceRegistration;
}
