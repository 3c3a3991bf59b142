import { defineService } from '@novacron/kernel';
import { deliveryFolds } from './domain/delivery/state.ts';
import { destinationFolds } from './domain/destination/state.ts';
import { schema } from './domain/state.ts';
import { reactions } from './reactions.ts';

/** The notifier as the log sees it; keyed by workspace. */
export const definition = defineService({ name: 'notifier', foldVersion: 1, schema, reactions, folds: { ...destinationFolds, ...deliveryFolds } });
