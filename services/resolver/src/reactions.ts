import { onAttemptFailed, onAttemptLost, onAttemptStopped, onAttemptSucceeded, onRetryDue } from './domain/run/attempts.ts';
import { onRunContinued } from './domain/run/continued.ts';
import { onModelAwaitRefused, onModelAwaitSatisfied, onModelWaitExpired } from './domain/run/models.ts';
import { onModelVersionPublished, onModelVersionRefused } from './domain/run/publishing.ts';
import { onRunLetIn } from './domain/run/start.ts';
import { onRunCancelForwarded, onRunDeadlineReached } from './domain/run/stop.ts';
import { onRunRetryForwarded, onTombstoneExpired } from './domain/run/tombstones.ts';
import { onRunRequested, onRunRetryPrepared, onTriggerFired } from './domain/workflow/admission.ts';
import { onWorkflowApplyRequested } from './domain/workflow/apply.ts';
import { onRunCancelRequested, onRunRetryRequested } from './domain/workflow/commands.ts';
import { onAdmissionExpired, onOccasionExpired, onRunEnded } from './domain/workflow/leaving.ts';

const nothing = (): readonly [] => [];

/** What the resolver answers to what. */
export const reactions = {
  // to a workflow, from the gateway and from triggers
  WorkflowApplyRequested: onWorkflowApplyRequested,
  RunRequested: onRunRequested,
  RunCancelRequested: onRunCancelRequested,
  RunRetryRequested: onRunRetryRequested,
  TriggerFired: onTriggerFired,
  // to a workflow, from its runs
  RunRetryPrepared: onRunRetryPrepared,
  RunSucceeded: onRunEnded,
  RunFailed: onRunEnded,
  RunCancelled: onRunEnded,
  // to a run, from its workflow
  RunAdmitted: onRunLetIn,
  RunReleased: onRunLetIn,
  RunCancelForwarded: onRunCancelForwarded,
  RunRetryForwarded: onRunRetryForwarded,
  // to a run, from itself
  RunContinued: onRunContinued,
  // to a run, from the executor and the scheduler
  AttemptStarted: nothing,
  AttemptSucceeded: onAttemptSucceeded,
  AttemptFailed: onAttemptFailed,
  AttemptLost: onAttemptLost,
  AttemptCancelled: onAttemptStopped,
  TaskDequeued: onAttemptStopped,
  // to a run, from the registry
  ModelAwaitSatisfied: onModelAwaitSatisfied,
  ModelAwaitRefused: onModelAwaitRefused,
  ModelVersionPublished: onModelVersionPublished,
  ModelVersionRefused: onModelVersionRefused,
  // timers
  RetryDue: onRetryDue,
  ModelWaitExpired: onModelWaitExpired,
  RunDeadlineReached: onRunDeadlineReached,
  TombstoneExpired: onTombstoneExpired,
  AdmissionExpired: onAdmissionExpired,
  OccasionExpired: onOccasionExpired,
};
