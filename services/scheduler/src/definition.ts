import { defineService } from '@novacron/kernel';
import { folds } from './domain/pool/folds.ts';
import { schema } from './domain/pool/state.ts';
import { reactions } from './reactions.ts';

/** The scheduler as the log sees it; keyed by pool. */
export const definition = defineService({ name: 'scheduler', foldVersion: 1, schema, reactions, folds });
