export { CannotStart, explainWrite } from './cannot-start.ts';
export { binaries, platformPackage, type PostgresBinaries } from './binaries.ts';
export { checkDatabase } from './database-check.ts';
export { stopPostgresOf } from './leftover.ts';
export { openDataDir } from './place.ts';
export { borrowDatabase, openDatabase, startPostgres, type EmbeddedPostgres, type PostgresOptions } from './postgres.ts';
export { identify, isRunning, signal, startTimeOf, type ProcessIdentity } from './process-identity.ts';
