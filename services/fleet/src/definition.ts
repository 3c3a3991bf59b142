import { defineService } from '@novacron/kernel';
import { folds, schema } from './domain/node/state.ts';
import { reactions } from './reactions.ts';

/** The fleet as the log sees it; keyed by pool. */
export const definition = defineService({ name: 'fleet', foldVersion: 1, schema, reactions, folds });
