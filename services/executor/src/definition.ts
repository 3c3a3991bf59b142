import { defineService } from '@novacron/kernel';
import { folds, schema } from './domain/attempt/state.ts';
import { reactions } from './reactions.ts';

/** The executor as the log sees it; keyed by run. */
export const definition = defineService({ name: 'executor', foldVersion: 1, schema, reactions, folds });
