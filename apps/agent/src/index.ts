export { Attempts, type AttemptsSettings } from './attempts/attempts.ts';
export type { AttemptFiles, Backend, Outcome, Report, Running } from './attempts/backend.ts';
export { Connections, type ConnectionSettings } from './connection/connections.ts';
export type { Dial } from './connection/socket.ts';
export { GpuFence } from './gpus.ts';
export type { JournalFile } from './journal-file.ts';
export { Journal } from './journal.ts';
