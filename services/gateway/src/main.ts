import { runService } from '@novacron/service';
import { AppModule } from './app.module.ts';

void runService(AppModule);
