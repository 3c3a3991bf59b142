export { AppModule } from './app.module.ts';
export { definition } from './definition.ts';
export { routes } from './http/routes.ts';
export { openApi } from './http/openapi.ts';
export { Projector, type ProjectorEvents } from './projections/projector.ts';
export { mergeBatch, type Merged } from './projections/merge.ts';
export { ProjectionStore } from './projections/store.ts';
export { firstDifference, projectionTables, rowsHash, type Query } from './projections/verify.ts';
