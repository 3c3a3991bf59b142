import { onAttemptsEnded, onAttemptsListed, onAttemptsSilent, onAttemptsStarted, onCancelForwarded, onLogKept, onTaskPlaced } from './domain/attempt/decide.ts';

/** What the executor answers to what. */
export const reactions = {
  // from the scheduler
  TaskPlaced: onTaskPlaced,
  CancelForwarded: onCancelForwarded,
  // from the agents, by way of this service's own edge
  AttemptsStarted: onAttemptsStarted,
  AttemptsEnded: onAttemptsEnded,
  AttemptsSilent: onAttemptsSilent,
  AttemptsListed: onAttemptsListed,
  LogKept: onLogKept,
};
