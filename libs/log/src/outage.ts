import { AppendError } from './driver.ts';
import { NotAdmitted, NotSent } from './kafka/broker-link.ts';
import { KafkaAway } from './kafka/prepare.ts';

const SOCKET = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
/** What pg says without a code. */
const TERMINATED = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout)/;

/** True where PostgreSQL or Kafka is away, was cut off or has no room left (SQLSTATE classes 08, 53 and 57P, sockets), so that the same may succeed in a moment. */
export function isOutage(error: unknown): boolean {
  if (error instanceof KafkaAway || (error instanceof NotSent && !(error instanceof NotAdmitted))) return true;
  if (error instanceof AppendError && error.fault.kind === 'unknown') return true;
  const { code, message, cause } = (error ?? {}) as { code?: unknown; message?: unknown; cause?: unknown };
  if (typeof code === 'string' && (SOCKET.has(code) || /^(08|53|57P)/.test(code))) return true;
  return (typeof message === 'string' && TERMINATED.test(message)) || (cause !== undefined && isOutage(cause));
}
