import { defineService } from '@novacron/kernel';
import { folds } from './domain/model/folds.ts';
import { schema } from './domain/model/state.ts';
import { reactions } from './reactions.ts';

/** The registry as the log sees it; keyed by model. */
export const definition = defineService({ name: 'registry', foldVersion: 1, schema, reactions, folds });
