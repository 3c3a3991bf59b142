export * from './dice.ts';
export type * from './seam.ts';
