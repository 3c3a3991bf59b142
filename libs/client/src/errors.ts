/** One finding of the server about a workflow's text; lines and columns count from 1. */
export interface ApiDiagnostic {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly suggestion?: string;
}

/** The server's no: an RFC 9457 problem as an error. */
export class ApiError extends Error {
  readonly status: number;
  /** Stable name of the problem, e.g. `RunUnknown`. */
  readonly code: string;
  readonly detail: string;
  readonly diagnostics: readonly ApiDiagnostic[] | undefined;
  /** What `novacron explain <id>` accepts. */
  readonly id: string;

  constructor(status: number, code: string, detail: string, diagnostics?: readonly ApiDiagnostic[]) {
    super(detail);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.diagnostics = diagnostics;
    this.id = code;
  }
}

/** Nobody answered at the address, for as long as the client was patient. */
export class Unreachable extends Error {
  readonly id = 'ServerUnreachable';
  readonly url: string;

  constructor(url: string, cause: unknown) {
    super(`Nothing answers at ${url} (${reasonOf(cause)}).`, { cause });
    this.name = 'Unreachable';
    this.url = url;
  }
}

/** The client reads a moment of the past, and was asked to change something. */
export class PastIsOver extends Error {
  readonly id = 'PastIsOver';

  constructor(at: string) {
    super(`Nothing can be changed as of ${at}: leave the moment out.`);
    this.name = 'PastIsOver';
  }
}

/** The server took the command, but its outcome was not known when the client's patience ended. */
export class OutcomePending extends Error {
  readonly id = 'CommandPending';
  readonly idempotencyKey: string;

  constructor(idempotencyKey: string) {
    super(`The command was taken; its outcome is not known yet. The same request with Idempotency-Key ${idempotencyKey} asks again.`);
    this.name = 'OutcomePending';
    this.idempotencyKey = idempotencyKey;
  }
}

/** Node's fetch says "fetch failed" and hides why in a chain of causes. */
function reasonOf(error: unknown): string {
  let at = error as { code?: string; message?: string; cause?: unknown; errors?: unknown[] } | undefined;
  while (at?.cause ?? at?.errors?.[0]) at = (at.cause ?? at.errors![0]) as typeof at;
  return at?.code ?? at?.message ?? String(error);
}

/** Reads a problem+json text; other texts become a problem named by the status. */
export function problemOf(status: number, text: string): ApiError {
  const { code, detail, title, diagnostics } = parsed(text);
  return new ApiError(status, code ?? `Http${status}`, detail ?? title ?? (text.slice(0, 200) || `The server answered ${status} without a reason.`), diagnostics);
}

function parsed(text: string): { code?: string; detail?: string; title?: string; diagnostics?: readonly ApiDiagnostic[] } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
