import { Module } from '@nestjs/common';
import { effectsOf, ServiceModule } from '@novacron/service';
import { definition } from './definition.ts';
import { TriggerEffects } from './effects/trigger-effects.ts';

@Module({
  imports: [ServiceModule.register(definition)],
  providers: [{ provide: effectsOf('triggers'), useClass: TriggerEffects }],
})
export class AppModule {}
