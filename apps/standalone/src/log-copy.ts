import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { realPorts } from '@novacron/kernel';
import { openSecrets } from '@novacron/service';
import { moveLog } from './log-copy/move.ts';
import { openPlaces } from './log-copy/places.ts';

/**
 * `novacron log copy --from PLACE --to PLACE`: writes the log into an empty one elsewhere, record by record, and proves that it is the same. A place is
 * `postgres` (the installation's own: DATABASE_URL, or the data directory's), `postgres://…` or `kafka://…`. Nothing may run meanwhile; the source is only read.
 */
const USAGE = 'use: log copy --from PLACE --to PLACE [--data DIR]; a place is postgres (DATABASE_URL, or that of the data directory), postgres://… or kafka://host:port,…';

process.exit(await main());

async function main(): Promise<number> {
  const ports = realPorts();
  let close = async (): Promise<void> => {};
  try {
    const { values: { from, to, data } } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' }, data: { type: 'string' } } });
    if (!from || !to) throw new RangeError('--from and --to are both needed.');
    const dataDir = resolve(data ?? process.env['NOVACRON_DATA'] ?? '.novacron');
    const places = await openPlaces({ from, to, dataDir, env: process.env, ports });
    close = () => places.close();
    const secrets = openSecrets({ dataDir, env: process.env }, ports.random);
    for await (const line of moveLog(places, secrets)) process.stdout.write(`${line}\n`);
    return 0;
  } catch (error) {
    const usage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') || error instanceof RangeError;
    process.stderr.write(`novacron: ${(error as Error).message}\n${usage ? `${USAGE}\n` : ''}`);
    return usage ? 2 : 1;
  } finally {
    await close();
  }
}
