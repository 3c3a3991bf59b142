import { runService } from '@novacron/service';
import { AppModule } from './app.module.ts';

await runService(AppModule);
