import { exitCodeOf, type ExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';

/** Says an error in one sentence with the id that `explain` knows; what has no id is a mistake of this program and shows where. */
export async function report(error: unknown, io: Io): Promise<ExitCode> {
  const { ApiError, Unreachable } = await import('@novacron/client');
  const { message, id, stack } = error as Error & { id?: string };
  if (id === undefined) io.err(`novacron: ${stack ?? message}\n`);
  else io.err(`novacron: ${message}\n`);
  if (error instanceof ApiError) await showDiagnostics(error.diagnostics ?? [], io);
  if (error instanceof Unreachable) io.err('  Is it running? npx novacron up starts one.\n');
  if (id !== undefined) io.err(`  [${id}] npx novacron explain ${id}\n`);
  return exitCodeOf(error);
}

async function showDiagnostics(diagnostics: readonly import('@novacron/client').ApiDiagnostic[], io: Io): Promise<void> {
  if (diagnostics.length === 0) return;
  const { formatDiagnostic } = await import('@novacron/workflow');
  for (const diagnostic of diagnostics) io.err(`${formatDiagnostic(diagnostic)}\n`);
}
