import type { Failure } from '@novacron/contracts';

/** Causes that lie in the network and pass: worth another try as they are. */
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN']);
/** Written out, so that a worker need not load the schemas. */
const CLASSES: readonly unknown[] = ['transient', 'permanent', 'data', 'resource'] satisfies Failure['class'][];
const isNetwork = (code: unknown) => typeof code === 'string' && (NETWORK.has(code) || code.startsWith('UND_ERR_'));

interface Thrown {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly stack?: unknown;
  readonly code?: unknown;
  readonly class?: unknown;
  readonly transient?: unknown;
  readonly cause?: { readonly code?: unknown };
}

/**
 * What user code threw, as a failure. The class is `error.class` where that is one of the four; else `transient` for `error.transient`
 * and for network codes (fetch has them in `cause`); else `permanent`. The code is `error.code`, else the error's name, else `TaskThrew`.
 */
export function failureOf(thrown: unknown, root = ''): Failure {
  const error: Thrown = typeof thrown === 'object' && thrown !== null ? thrown : { message: textOf(thrown) };
  const transient = error.transient === true || isNetwork(error.code) || isNetwork(error.cause?.code);
  const name = typeof error.name === 'string' && error.name !== 'Error' && error.name !== '' ? error.name : 'TaskThrew';
  return {
    class: CLASSES.includes(error.class) ? (error.class as Failure['class']) : transient ? 'transient' : 'permanent',
    code: (typeof error.code === 'string' && error.code !== '' ? error.code : name).slice(0, 100),
    message: `${textOf(error.message ?? thrown).slice(0, 2_000)}${firstFrame(error.stack, root)}`,
  };
}

/** Objects without a prototype, or with a toString that throws, can be thrown too. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'a value that has no text';
  }
}

/** ` (at tasks/prepare.mjs:10:5)`: the first line of the stack, relative to the bundle. */
function firstFrame(stack: unknown, root: string): string {
  const frame = typeof stack === 'string' ? stack.split('\n').find((line) => /^\s+at /.test(line)) : undefined;
  return frame ? ` (${frame.trim().replace(`file://${root}/`, '')})`.slice(0, 300) : '';
}
