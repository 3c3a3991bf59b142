import { defineService } from '@novacron/kernel';
import { accessFolds, accessSchema } from './domain/access/state.ts';
import { commandFolds, commandSchema } from './domain/command/state.ts';
import { reactions } from './reactions.ts';

const schema = { ...accessSchema, ...commandSchema };

/** The gateway as the log sees it: keys and roles, and the commands of the last 24 h. */
export const definition = defineService<typeof schema>({
  name: 'gateway',
  foldVersion: 1,
  schema,
  reactions,
  folds: { ...accessFolds, ...commandFolds } as never,
});
