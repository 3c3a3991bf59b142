export * from './api.ts';
export * from './credentials.ts';
export * from './sealing.ts';
