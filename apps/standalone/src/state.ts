import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { realPorts } from '@novacron/kernel';
import { AT_FORMS, parseAt, silentLog } from '@novacron/log';
import { borrowDatabase } from '@novacron/log/embedded';
import { logToRead, openSecrets } from '@novacron/service';
import { liveHash, pastHash, type SystemHash } from './rebuild/system-hash.ts';

/**
 * `novacron state --hash [--at …]`: the hash of the whole system, of the living services or folded from the log in a process of its own. Both are
 * equal for the same cut, whatever became of the read side meanwhile. Exit code 0; 1: it cannot be had; 2: usage.
 */
const { values } = parseArgs({ options: { hash: { type: 'boolean' }, at: { type: 'string' }, data: { type: 'string' }, output: { type: 'string', short: 'o', default: 'table' } } });
const dataDir = resolve(values.data ?? process.env['NOVACRON_DATA'] ?? '.novacron');

process.exit(await main());

async function main(): Promise<number> {
  const at = values.at === undefined ? undefined : parseAt(values.at);
  if (values.at !== undefined && !at) return said(2, `novacron: --at takes ${AT_FORMS}`);
  const ports = realPorts();
  const database = await borrowDatabase(process.env, { dataDir });
  const driver = logToRead(process.env, database.url, { ports, log: silentLog });
  try {
    const found = at ? await pastHash(driver, database.url, at) : await liveHash(driver, openSecrets({ dataDir, env: process.env }, ports.random), ports);
    process.stdout.write(`${shown(found)}\n`);
    return 0;
  } catch (error) {
    return said(1, `novacron: ${(error as Error).message}`);
  } finally {
    await driver.close();
    await database.done();
  }
}

function shown(found: SystemHash): string {
  if (values.output === 'json') return JSON.stringify(found, null, 2);
  if (values.output === 'yaml') return Object.entries(found).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join('\n');
  return lines(found);
}

function lines({ at, hash, partitions, time, folded, snapshots }: SystemHash): string {
  const how = folded === undefined ? 'as the services live it' : `folded from ${folded} commits behind ${snapshots} snapshots`;
  return [`hash        ${hash}`, `partitions  ${partitions}, ${how}`, ...(time === undefined ? [] : [`until       ${new Date(time).toISOString()}`]), `at          ${at}`].join('\n');
}

function said(code: number, sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return code;
}
