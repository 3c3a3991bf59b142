import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { realPorts } from '@novacron/kernel';
import { borrowDatabase } from '@novacron/log/embedded';
import { silentLog } from '@novacron/log';
import { logToRead, openSecrets } from '@novacron/service';
import { verifyProjections } from './rebuild/projections.ts';
import { verifyStates } from './rebuild/states.ts';

/**
 * `novacron rebuild --verify`: folds every service's log from its first commit and every projection into a fresh schema, in a process of its
 * own, and compares with what lives. Exit code 0: all equal; 1: a difference, named; nothing is changed either way.
 */
const { values } = parseArgs({ options: { verify: { type: 'boolean' }, data: { type: 'string' } } });
const dataDir = resolve(values.data ?? process.env['NOVACRON_DATA'] ?? '.novacron');

process.exit(await main());

async function main(): Promise<number> {
  const ports = realPorts();
  const database = await borrowDatabase(process.env, { dataDir });
  const driver = logToRead(process.env, database.url, { ports, log: silentLog });
  try {
    const secrets = openSecrets({ dataDir, env: process.env }, ports.random);
    const states = await verifyStates(driver, secrets, ports);
    const projections = await verifyProjections(driver, database.url, ports);
    for (const line of [...states.lines, ...projections.lines]) process.stdout.write(`${line}\n`);
    for (const fault of [...states.faults, ...projections.faults]) process.stdout.write(`DIFFERENT: ${fault}\n`);
    return states.faults.length + projections.faults.length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`novacron: ${(error as Error).message}\n`);
    return 1;
  } finally {
    await driver.close();
    await database.done();
  }
}
