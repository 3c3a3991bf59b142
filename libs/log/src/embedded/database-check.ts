import pg from 'pg';
import { CannotStart } from './cannot-start.ts';

const oldestMajor = 14;
const refusals: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there: start PostgreSQL or correct DATABASE_URL',
  ENOTFOUND: 'the host name is unknown: correct DATABASE_URL',
  EAI_AGAIN: 'the host name cannot be looked up: correct DATABASE_URL or the name service',
  EHOSTUNREACH: 'the host cannot be reached: correct DATABASE_URL or the network',
  ENETUNREACH: 'the network cannot be reached: correct DATABASE_URL or the network',
  ETIMEDOUT: 'the host does not answer: correct DATABASE_URL or the network',
  ECONNRESET: 'the other side hung up, so it may be no PostgreSQL: correct DATABASE_URL',
  '28P01': 'it refused the user name or password: correct DATABASE_URL',
  '28000': 'it refused this user from this address: correct DATABASE_URL or pg_hba.conf',
  '3D000': 'it has no database of that name: create it or correct DATABASE_URL',
  '53300': 'it has no connection left: raise max_connections or stop other clients',
  '57P03': 'it is still starting or shutting down: try again shortly',
};

/** Checks a PostgreSQL for reachability and version (14 or later); throws CannotStart with one sentence that never holds the password. */
export async function checkDatabase(url: string, timeoutMs = 10_000): Promise<void> {
  const { host, place } = parse(url);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: timeoutMs, application_name: 'novacron-check' });
  client.on('error', () => {}); // a connection lost after the answer is of no interest
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number; text: string }>("select current_setting('server_version_num')::int as version, current_setting('server_version') as text");
    const found = rows[0];
    if (found === undefined || found.version < oldestMajor * 10_000) {
      throw new CannotStart(`The PostgreSQL at ${host} is version ${found?.text}, NovaCron needs ${oldestMajor} or later: upgrade it, point DATABASE_URL to another, or unset DATABASE_URL to use the embedded one.`);
    }
  } catch (error) {
    throw error instanceof CannotStart ? error : new CannotStart(`Cannot use the PostgreSQL at ${place}: ${reason(error)}.`);
  } finally {
    await client.end().catch(() => {});
  }
}

function parse(text: string): { host: string; place: string } {
  try {
    const url = new URL(text);
    if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw new Error('protocol');
    const host = `${url.hostname || 'localhost'}:${url.port || 5432}`;
    return { host, place: `${host}${url.pathname}${url.username && ` as user ${decodeURIComponent(url.username)}`}` };
  } catch {
    throw new CannotStart('DATABASE_URL is not the address of a PostgreSQL: write postgres://user:password@host:5432/database, with special characters of the password percent-encoded.');
  }
}

function reason(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: unknown[] };
  if (code !== undefined && refusals[code] !== undefined) return refusals[code];
  if (errors?.[0] !== undefined) return reason(errors[0]); // one per address of a host name
  if (/timeout/i.test(message ?? '')) return refusals['ETIMEDOUT'] as string;
  if (/terminated unexpectedly/i.test(message ?? '')) return refusals['ECONNRESET'] as string;
  return `${message ?? String(error)}: correct DATABASE_URL`;
}
