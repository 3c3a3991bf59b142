export { AppModule } from './app.module.ts';
export { definition } from './definition.ts';
