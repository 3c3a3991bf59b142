import { Module } from '@nestjs/common';
import { ServiceModule } from '@novacron/service';
import { definition } from './definition.ts';

@Module({ imports: [ServiceModule.register(definition)] })
export class AppModule {}
