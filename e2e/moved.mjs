import { strict as assert } from 'node:assert';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Pair, PROCESS } from './pair.mjs';

/**
 * An installation moves: its log is copied from its own PostgreSQL to `place(databaseUrl)`, its services go on there; from Kafka it is copied back. Answers
 * the data directory.
 */
export async function movedLog({ place = otherDatabase } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'novacron-moved-'));
  const pair = await Pair.start(dataDir);
  const { system } = pair;
  try {
    await pair.live();
    const to = await place(system.databaseUrl);
    const living = await pair.cli(['log', 'copy', '--from', 'postgres', '--to', to]);
    assert.equal(living.code, 1);
    assert.match(living.err, /services run at http/);
    await system.child(PROCESS).kill('SIGTERM');
    const copied = await pair.cli(['log', 'copy', '--from', 'postgres', '--to', to]);
    assert.equal(copied.code, 0, copied.out + copied.err);
    assert.match(copied.out, /heads +equal: 128 partitions[^]*states +equal: \d+ commits/);
    const again = await pair.cli(['log', 'copy', '--from', 'postgres', '--to', to]);
    assert.equal(again.code, 1);
    assert.match(again.err, /the target is not empty/);
    const wherever = to.startsWith('postgres') ? { DATABASE_URL: to } : { NOVACRON_LOG: to };
    if (to.startsWith('postgres')) system.place(PROCESS, { host: '127.0.0.1', database: () => to });
    else Object.assign(system.env, wherever);
    await system.startService(PROCESS);
    await pair.expectToGoOn(pair.runs, wherever);
    if (to.startsWith('kafka')) {
      await system.child(PROCESS).kill('SIGTERM');
      const back = await pair.cli(['log', 'copy', '--from', to, '--to', await otherDatabase(system.databaseUrl)]);
      assert.equal(back.code, 0, back.out + back.err);
      assert.match(back.out, /heads +equal: 128 partitions[^]*states +equal: \d+ commits[^]*heads went along/);
    }
  } finally {
    await system.stop();
  }
  return dataDir;
}

async function otherDatabase(url) {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query('create database moved');
  await admin.end();
  const other = new URL(url);
  other.pathname = '/moved';
  return other.href;
}
