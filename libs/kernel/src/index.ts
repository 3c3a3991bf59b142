export * from './decide.ts';
export * from './hash.ts';
export * from './json.ts';
export * from './ports.ts';
export * from './position.ts';
export * from './sorted.ts';
export * from './tables.ts';
export * from './service.ts';
