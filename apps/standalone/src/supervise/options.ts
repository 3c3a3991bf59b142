import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CannotStart } from '@novacron/log/embedded';

/** What `npm start -- …` asks for. */
export interface StartOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly runsExample: boolean;
  /** End when the example did, with its outcome. */
  readonly endsAfterExample: boolean;
  readonly help: boolean;
}

export const usage = `npm start -- [options]
  --once         end when the example did: 0 when it succeeded
  --fresh        begin in a new data directory beside the old one
  --data DIR     data directory (NOVACRON_DATA, else .novacron in the clone)
  --port N       port of the API (NOVACRON_PORT, else 7411)
  --no-example   start everything and stay up
DATABASE_URL names a PostgreSQL (14 or later) to use instead of the embedded one.`;

/** Reads arguments and environment; throws CannotStart on what it does not know. */
export function readOptions(argv: readonly string[], env: Readonly<Record<string, string | undefined>>, clone: string, isTerminal: boolean): StartOptions {
  const values = parse(argv);
  const port = Number(values.port ?? env['NOVACRON_PORT'] ?? 7411);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new CannotStart(`"${values.port ?? env['NOVACRON_PORT']}" is no port: use --port with a number from 1 to 65535.`);
  const dataDir = resolve(values.data ?? env['NOVACRON_DATA'] ?? resolve(clone, '.novacron'));
  const runsExample = !values['no-example'];
  return {
    dataDir: values.fresh ? firstUnused(dataDir) : dataDir,
    port,
    runsExample,
    endsAfterExample: Boolean(values.once) || (runsExample && !isTerminal),
    help: Boolean(values.help),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: { once: { type: 'boolean' }, fresh: { type: 'boolean' }, data: { type: 'string' }, port: { type: 'string' }, 'no-example': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (error) {
    throw new CannotStart(`${(error as Error).message.split('. ')[0]}. Known are --once, --fresh, --data DIR, --port N, --no-example and --help.`);
  }
}

function firstUnused(dir: string): string {
  if (!existsSync(dir)) return dir;
  for (let n = 2; ; n++) if (!existsSync(`${dir}-${n}`)) return `${dir}-${n}`;
}
