export * from './scenario.ts';
export * from './virtual-ports.ts';
export * from './memory-service-log.ts';
