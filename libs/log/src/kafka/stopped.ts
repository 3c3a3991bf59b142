/** Why a partition of the log is no longer read; a silent jump past lost records would be the alternative. */
export type StopReason = 'LogStartMoved' | 'LogCutShort' | 'RecordsMissing';

/** A partition is not what was read before: nothing goes on there until an operator has looked. */
export class LogStopped extends Error {
  readonly reason: StopReason;
  constructor(reason: StopReason, message: string) {
    super(`${reason}: ${message}`);
    this.name = 'LogStopped';
    this.reason = reason;
  }
}
