import { ApiError, OutcomePending, PastIsOver } from '@novacron/client';

/** What the process answers its caller; scripts rely on these numbers. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, refused: 4, timedOut: 124, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A sentence for the user, with what `novacron explain` knows it by. */
export class CliError extends Error {
  readonly id: string;
  readonly exitCode: ExitCode;

  constructor(id: string, message: string, exitCode: ExitCode = EXIT.usage) {
    super(message);
    this.id = id;
    this.exitCode = exitCode;
  }
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof OutcomePending) return EXIT.timedOut;
  if (error instanceof PastIsOver) return EXIT.usage;
  if (!(error instanceof ApiError)) return EXIT.failed;
  if (error.status === 404) return EXIT.notFound;
  if ([401, 403, 409, 429].includes(error.status)) return EXIT.refused;
  return error.status < 500 ? EXIT.usage : EXIT.failed;
}

/** The exit code of a run's ending. */
export function exitCodeOfRun(status: string): ExitCode {
  if (status === 'succeeded') return EXIT.ok;
  return status === 'timed out' ? EXIT.timedOut : EXIT.failed;
}
