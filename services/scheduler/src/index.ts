export { AppModule } from './app.module.ts';
export { definition } from './definition.ts';
export { explainWait, type Diagnosis, type WaitExplained } from './domain/pool/explain.ts';
