import { Module } from '@nestjs/common';
import { effectsOf, ServiceModule } from '@novacron/service';
import { definition } from './definition.ts';
import { NotifierEffects } from './effects/notifier-effects.ts';

@Module({
  imports: [ServiceModule.register(definition)],
  providers: [{ provide: effectsOf('notifier'), useClass: NotifierEffects }],
})
export class AppModule {}
