import { defineService } from '@novacron/kernel';
import { folds } from './domain/trigger/folds.ts';
import { schema } from './domain/trigger/state.ts';
import { reactions } from './reactions.ts';

/** Triggers as the log sees them; keyed by workspace. */
export const definition = defineService({ name: 'triggers', foldVersion: 1, schema, reactions, folds });
