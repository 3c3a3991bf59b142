import type { Failure } from '@novacron/contracts';

/** sysexits.h: "temporary failure; user is invited to retry". */
const EX_TEMPFAIL = 75;
/** 128 + SIGKILL, as shells report a killed child; the kernel's out-of-memory killer sends KILL. */
const KILLED = 137;

/** Why a process that ended by itself failed; undefined for exit code 0. */
export function exitFailure(code: number | null, signal: NodeJS.Signals | null, stderr: string): Failure | undefined {
  if (code === 0) return undefined;
  const said = stderr.trim() === '' ? '' : `: ${stderr.trim().slice(-500)}`;
  if (signal === 'SIGKILL' || code === KILLED) return { class: 'resource', code: 'OutOfMemory', message: `the process was killed (SIGKILL), as the kernel does when memory is short${said}` };
  if (signal) return { class: 'permanent', code: 'Signal', message: `the process ended by ${signal}${said}` };
  return { class: code === EX_TEMPFAIL ? 'transient' : 'permanent', code: 'ExitCode', message: `the process ended with code ${code}${said}` };
}
