import { Module } from '@nestjs/common';
import { ServiceModule } from '@novacron/service';
import { definition } from './definition.ts';
import { GatewayEdge } from './http/gateway-edge.ts';

/** The gateway: its decisions in the log, and its edge: HTTP API, read side, live stream. */
@Module({ imports: [ServiceModule.register(definition as never)], providers: [GatewayEdge] })
export class AppModule {}
