import { afterAll, beforeAll } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { conformsAsDriver } from '../conformance/driver.ts';
import { conformsAsHost } from '../conformance/host.ts';
import { survivesFaults } from '../conformance/faults.ts';
import { waitsForTheLog } from '../conformance/held.ts';
import type { Installation } from '../conformance/installation.ts';
import { remembersThePast } from '../conformance/past.ts';
import { conformsAsSnapshots } from '../conformance/snapshots.ts';
import { startPostgres, type EmbeddedPostgres } from '../embedded/index.ts';
import { realPorts } from '@novacron/kernel';
import { PostgresLog, prepareLog } from './driver.ts';
import { postgresHint } from './hint.ts';
import { postgresSnapshots } from './snapshots.ts';

let directory: string;
let server: EmbeddedPostgres;
let databases = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'novacron-log-'));
  server = await startPostgres({ dataDir: directory });
}, 60_000);

afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function inPostgres(): Promise<Installation> {
  const name = `log_${++databases}`;
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  await prepareLog(url.href);
  const ports = realPorts();
  const pool = new pg.Pool({ connectionString: url.href, max: 2 });
  const drivers: PostgresLog[] = [];
  return {
    driver: () => {
      const driver = new PostgresLog(url.href, { notify: true, ports });
      drivers.push(driver);
      return driver;
    },
    snapshots: () => postgresSnapshots(pool),
    hint: () => postgresHint(url.href, ports),
    close: async () => void (await Promise.all([...drivers.map((driver) => driver.close()), pool.end()])),
  };
}

conformsAsDriver('PostgreSQL', inPostgres);
conformsAsSnapshots('PostgreSQL', inPostgres);
conformsAsHost('PostgreSQL', inPostgres);
remembersThePast('PostgreSQL', inPostgres);
survivesFaults('PostgreSQL', inPostgres, 4);
waitsForTheLog('PostgreSQL', inPostgres);
