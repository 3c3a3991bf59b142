export { AppModule } from './app.module.ts';
export { definition } from './definition.ts';
export { executorEdge, type ExecutorEdgeParts } from './effects/edge.ts';
export { keepLog } from './http/attempt-routes.ts';
