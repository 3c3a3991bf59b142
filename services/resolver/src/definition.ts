import { defineService } from '@novacron/kernel';
import { runFolds } from './domain/run/folds.ts';
import { tables as runTables } from './domain/run/state.ts';
import { workflowFolds } from './domain/workflow/folds.ts';
import { tables as workflowTables } from './domain/workflow/state.ts';
import { reactions } from './reactions.ts';

/** The resolver as the log sees it: workflows keyed by `workspace/name`, runs keyed by their id. */
export const definition = defineService({
  name: 'resolver',
  foldVersion: 1,
  schema: { ...workflowTables, ...runTables },
  reactions,
  folds: { ...workflowFolds, ...runFolds },
});
