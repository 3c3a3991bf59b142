import { Module } from '@nestjs/common';
import { effectsOf, ServiceModule } from '@novacron/service';
import { definition } from './definition.ts';
import { ExecutorEffects } from './effects/executor-effects.ts';

@Module({
  imports: [ServiceModule.register(definition)],
  providers: [{ provide: effectsOf('executor'), useClass: ExecutorEffects }],
})
export class AppModule {}
