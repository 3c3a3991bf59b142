export * from './api.ts';
export * from './credentials.ts';
