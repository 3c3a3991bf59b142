import {
  attemptId, type AttemptCancelled, type AttemptFailed, type AttemptLost, type AttemptStarted, type AttemptStarting, type AttemptSucceeded, type LogStored,
} from '@novacron/contracts';
import { table, type Evolve, type State, type View } from '@novacron/kernel';
import type { AttemptStopping } from './events.ts';

/** An attempt that was placed and has not ended. Its work is not here: the open StartAttempt effect holds it. */
export interface Attempt {
  readonly workspace: string;
  readonly workflow: string;
  readonly pool: string;
  readonly node: string;
  readonly status: 'starting' | 'running' | 'stopping';
  readonly startedAt?: number;
  /** Number of the next piece of its log. */
  readonly chunks: number;
}

export const schema = { attempt: table<Attempt>() };
export type ExecutorState = State<typeof schema>;
export type ExecutorView = View<typeof schema>;
type Fold<E extends { type: string }> = Evolve<ExecutorState, E>;

const starting: Fold<AttemptStarting> = (state, e) =>
  state.attempt.put(attemptId(e), { workspace: e.workspace, workflow: e.workflow, pool: e.pool, node: e.node, status: 'starting', chunks: 0 });

const started: Fold<AttemptStarted> = (state, e) => {
  const known = state.attempt.get(attemptId(e));
  if (known) state.attempt.put(attemptId(e), { ...known, status: known.status === 'starting' ? 'running' : known.status, startedAt: e.startedAt });
};

const stopping: Fold<AttemptStopping> = (state, e) => {
  const known = state.attempt.get(attemptId(e));
  if (known) state.attempt.put(attemptId(e), { ...known, status: 'stopping' });
};

const logged: Fold<LogStored> = (state, e) => {
  const known = state.attempt.get(attemptId(e));
  if (known) state.attempt.put(attemptId(e), { ...known, chunks: e.chunk + 1 });
};

/** An ended attempt is forgotten at once: whatever is said about it later is about an unknown one. */
const ended: Fold<AttemptSucceeded | AttemptFailed | AttemptCancelled | AttemptLost> = (state, e) => state.attempt.delete(attemptId(e));

export const folds = {
  AttemptStarting: starting, AttemptStarted: started, AttemptStopping: stopping, LogStored: logged,
  AttemptSucceeded: ended, AttemptFailed: ended, AttemptCancelled: ended, AttemptLost: ended,
};
