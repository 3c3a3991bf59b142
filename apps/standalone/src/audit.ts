import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { realPorts } from '@novacron/kernel';
import { borrowDatabase } from '@novacron/log/embedded';
import { openHeads, publicKeyOf, silentLog } from '@novacron/log';
import { logToRead } from '@novacron/service';
import { readRange, verifyLog } from './audit/verify.ts';

/**
 * `novacron audit verify`: reads the log as it lies there, in a process of its own, and checks every record, every link and every signed head.
 * Exit code 0: all as it was written; 1: what differs is named; 2: the command line. Changes nothing.
 */
const USAGE = 'use: audit verify [--heads FILE] [--public-key FILE] [--range SERVICE[/PARTITION[:FROM-TO]]] [--data DIR]';

process.exit(await main());

async function main(): Promise<number> {
  const ports = realPorts();
  let end = async (): Promise<void> => {};
  try {
    const { values } = parseArgs({ options: { data: { type: 'string' }, heads: { type: 'string' }, 'public-key': { type: 'string' }, range: { type: 'string' } } });
    const dataDir = resolve(values.data ?? process.env['NOVACRON_DATA'] ?? '.novacron');
    const publicKey = publicKeyOf(readFileSync(values['public-key'] ?? join(dataDir, 'audit.pub'), 'utf8'));
    const exported = values.heads === undefined ? [] : readFileSync(values.heads, 'utf8').split('\n').filter(Boolean);
    const range = values.range === undefined ? undefined : readRange(values.range);
    const database = await borrowDatabase(process.env, { dataDir });
    const driver = logToRead(process.env, database.url, { ports, log: silentLog });
    const heads = await openHeads(database.url);
    end = async () => {
      await Promise.allSettled([driver.close(), heads.close()]);
      await database.done();
    };
    const { lines, faults } = await verifyLog({ driver, heads, publicKey, exported, range });
    for (const line of lines) process.stdout.write(`${line}\n`);
    for (const fault of faults) process.stdout.write(`DIFFERENT: ${fault}\n`);
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    process.stderr.write(`novacron: ${message}\n`);
    if (code?.startsWith('ERR_PARSE_ARGS') || error instanceof RangeError) process.stderr.write(`${USAGE}\n`);
    return code?.startsWith('ERR_PARSE_ARGS') || error instanceof RangeError ? 2 : 1;
  } finally {
    await end();
  }
}
