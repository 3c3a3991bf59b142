import { Module } from '@nestjs/common';
import { ServiceModule } from '@novacron/service';
import { definition } from './definition.ts';

/** The resolver touches nothing outside the log: no effects, no settings. */
@Module({ imports: [ServiceModule.register(definition)] })
export class AppModule {}
