import { Module } from '@nestjs/common';
import { ServiceModule } from '@novacron/service';
import { definition } from './definition.ts';
import { Agents } from './http/agents.ts';

@Module({ imports: [ServiceModule.register(definition)], providers: [Agents] })
export class AppModule {}
