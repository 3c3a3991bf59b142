import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { takesCopies } from '../conformance/copy.ts';
import { until } from '../conformance/counting.ts';
import { conformsAsDriver } from '../conformance/driver.ts';
import { conformsAsHost } from '../conformance/host.ts';
import { survivesFaults } from '../conformance/faults.ts';
import { waitsForTheLog } from '../conformance/held.ts';
import type { Installation } from '../conformance/installation.ts';
import { remembersThePast } from '../conformance/past.ts';
import { Cable } from '../conformance/cable.ts';
import { conformsAsMembership } from '../conformance/membership.ts';
import { sharesPartitions } from '../conformance/sharing.ts';
import { conformsAsSnapshots } from '../conformance/snapshots.ts';
import type { AppendError } from '../driver.ts';
import type { Member, Membership } from '../membership.ts';
import { isOutage } from '../outage.ts';
import { startPostgres, type EmbeddedPostgres } from '../embedded/index.ts';
import { realPorts } from '@novacron/kernel';
import { PostgresLog, prepareLog } from './driver.ts';
import { postgresMembership } from './membership.ts';
import { postgresSnapshots } from './snapshots.ts';

/** Membership over a connection that the test can hold or cut. */
function through(cable: Promise<Cable>, to: URL): Membership {
  let membership: Membership | undefined;
  return {
    join: async (member, seen) => {
      const near = new URL(to);
      near.port = String((await cable).port);
      membership = postgresMembership(near.href, realPorts());
      return membership.join(member, seen);
    },
    holds: (partitions) => membership?.holds(partitions),
    leave: async () => {
      await cable;
      await membership?.leave();
    },
  };
}

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

async function freshLog(): Promise<URL> {
  const name = `log_${++databases}`;
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  await prepareLog(url.href);
  return url;
}

async function inPostgres(): Promise<Installation> {
  const url = await freshLog();
  const ports = realPorts();
  const pool = new pg.Pool({ connectionString: url.href, max: 2 });
  const drivers: PostgresLog[] = [];
  const memberships: Membership[] = [];
  const cables = new Map<string, Promise<Cable>>();
  return {
    driver: () => {
      const driver = new PostgresLog(url.href, { notify: true, ports });
      drivers.push(driver);
      return driver;
    },
    snapshots: () => postgresSnapshots(pool),
    membership: (address) => {
      const cable = Cable.to(Number(url.port));
      cables.set(address, cable);
      const membership = through(cable, url);
      memberships.push(membership);
      return membership;
    },
    kill: async (address) => (await cables.get(address)!).sever(),
    pause: async (address, paused) => (await cables.get(address)!).hold(paused),
    close: async () => {
      // Those that were killed would look for their way back for ever.
      await Promise.all([...memberships.map((membership) => membership.leave()), ...drivers.map((driver) => driver.close()), pool.end()]);
      for (const cable of cables.values()) (await cable).close();
    },
  };
}

conformsAsDriver('PostgreSQL', inPostgres);
conformsAsSnapshots('PostgreSQL', inPostgres);
conformsAsHost('PostgreSQL', inPostgres);
remembersThePast('PostgreSQL', inPostgres);
survivesFaults('PostgreSQL', inPostgres, 4);
waitsForTheLog('PostgreSQL', inPostgres);
conformsAsMembership('PostgreSQL', inPostgres);
sharesPartitions('PostgreSQL', inPostgres, 15);
takesCopies('PostgreSQL', inPostgres);

describe('PostgreSQL without room', () => {
  it('refuses a claim, and says that trying again may help', async () => {
    const url = await freshLog();
    const pool = new pg.Pool({ connectionString: url.href, max: 1 });
    const driver = new PostgresLog(url.href, { notify: false, ports: realPorts() });
    await pool.query("create function no_room() returns trigger language plpgsql as $$ begin raise 'could not extend file' using errcode = '53100'; end $$");
    await pool.query('create trigger no_room before insert or update on log_partition for each row execute function no_room()');
    const error = await driver.claim([{ topic: 'one', partition: 0, epoch: 1, owner: 'a', address: '', record: '{}' }]).catch((refused: unknown) => refused);
    expect([(error as AppendError).fault, isOutage(error)]).toEqual([{ kind: 'refused' }, true]);
    await Promise.all([driver.close(), pool.end()]);
  });
});

describe('membership: PostgreSQL after an outage', () => {
  it('misses at once who had come back before it went', async () => {
    const url = await freshLog();
    const cable = await Cable.to(Number(url.port));
    const near = new URL(url);
    near.port = String(cable.port);
    const ports = realPorts();
    const a = postgresMembership(url.href, ports);
    // Its clock stands still: for this one it is always just after the outage.
    const b = postgresMembership(near.href, { ...ports, clock: { ...ports.clock, monotonic: () => 0 } });
    let seen: readonly Member[] = [];
    await a.join({ id: 'a', address: 'a', topics: ['front'] }, () => {});
    await b.join({ id: 'b', address: 'b', topics: ['front'] }, (living) => (seen = living));
    cable.cut();
    a.holds(new Set(['front/1']));
    await until(() => seen.some(({ id, holds }) => id === 'a' && holds.has('front/1')));
    await a.leave();
    await until(() => seen.length === 1);
    await b.leave();
    cable.close();
  }, 15_000);
});
