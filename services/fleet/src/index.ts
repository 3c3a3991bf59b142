export { AppModule } from './app.module.ts';
export { definition } from './definition.ts';
export { Agents } from './http/agents.ts';
