import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError, EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';

export interface ServerFlags {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  readonly data?: string | undefined;
}

export interface Server {
  readonly url: string;
  readonly key: string;
}

/** The clone that this program lies in: `apps/cli/dist` or `apps/cli/src`, three levels up. */
export const CLONE = fileURLToPath(new URL('../../../', import.meta.url));

export function dataDirOf(flags: ServerFlags, { env, cwd }: Pick<Io, 'env' | 'cwd'>): string {
  return resolve(cwd, flags.data ?? env['NOVACRON_DATA'] ?? join(CLONE, '.novacron'));
}

/**
 * Flags before environment before the files of the data directory; `--data` is a flag too and means that directory's server and key. An
 * admin key from a file goes only to the address that the same directory names: it must not reach whatever a variable points at.
 */
export function findServer(flags: ServerFlags, io: Pick<Io, 'env' | 'cwd'>): Server {
  const dir = dataDirOf(flags, io);
  const local = readUrl(dir);
  const env = flags.data === undefined || flags.url !== undefined ? io.env : {};
  const url = (flags.url ?? env['NOVACRON_URL'] ?? local)?.replace(/\/+$/, '');
  if (url === undefined) throw new CliError('ServerNotFound', `No NovaCron server is known: ${join(dir, 'server.json')} is not there. Start one with npx novacron up, or name one with --url and --key.`, EXIT.failed);
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) throw new CliError('UrlInvalid', `${JSON.stringify(url)} is no http(s) address.`);
  const key = flags.key ?? env['NOVACRON_API_KEY'] ?? (local !== undefined && sameOrigin(local, url) ? readText(join(dir, 'admin.key'))?.trim() : undefined);
  if (!key) throw new CliError('KeyMissing', `No API key for ${url}: give --key or NOVACRON_API_KEY${local === undefined ? '' : `, or --data with the directory of that server (${dir} is of ${local})`}.`, EXIT.refused);
  return { url, key };
}

function readUrl(dir: string): string | undefined {
  try {
    const { url } = JSON.parse(readText(join(dir, 'server.json')) ?? '{}') as { url?: unknown };
    return typeof url === 'string' && URL.canParse(url) ? url : undefined;
  } catch {
    return undefined;
  }
}

const sameOrigin = (a: string, b: string): boolean => new URL(a).origin === new URL(b).origin;

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') return undefined;
    throw new CliError('FileUnreadable', `${file} belongs to somebody else; run as its owner, or give --url and --key.`, EXIT.refused);
  }
}
