import { firstDifference, ProjectionStore, projectionTables, Projector, rowsHash, type Query } from '@novacron/gateway';
import { delay, type Ports } from '@novacron/kernel';
import { Feed, type LogDriver } from '@novacron/log';
import type { Feed as ServiceFeed } from '@novacron/service';
import pg from 'pg';
import type { Verified } from './states.ts';

const LIVE = 'projection';
/** How long the two may take to stand at the same commits. */
const PATIENCE_MS = 60_000;

/** Projects the whole log into a fresh schema beside the live one and compares every table at the same cut. */
export async function verifyProjections(driver: LogDriver, url: string, ports: Ports): Promise<Verified> {
  const fresh = `rebuild_${ports.random.uuid().slice(0, 8)}`;
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  // A server that is stopped after us may still tell a connection that is on its way out.
  pool.on('error', () => {});
  const store = await ProjectionStore.open(url, fresh);
  const feed = new Feed({ driver, ports, log, partitions: await partitionsOf(driver) });
  const projector = new Projector(store, feed as unknown as ServiceFeed, ports, { applied: () => {}, refused: () => {}, failed: () => {} });
  projector.start();
  try {
    return await compareAtOneCut(pool, fresh, ports);
  } finally {
    await projector.stop();
    await store.close();
    await pool.query(`DROP SCHEMA "${fresh}" CASCADE`);
    await pool.end();
  }
}

/** Both schemas go on moving: one snapshot in which their cursors agree is a cut at which their rows must, too. */
async function compareAtOneCut(pool: pg.Pool, fresh: string, ports: Ports): Promise<Verified> {
  for (const end = ports.clock.monotonic() + PATIENCE_MS; ports.clock.monotonic() < end; await delay(ports.timers, 100)) {
    const client = await pool.connect();
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const query: Query = async <T>(sql: string) => (await client.query(sql)).rows as T[];
      if (await standTogether(query, fresh)) return await compare(query, fresh);
    } finally {
      await client.query('ROLLBACK').catch(() => {});
      client.release();
    }
  }
  throw new Error(`the rebuilt projections did not reach the live ones within ${PATIENCE_MS / 1_000} s: the log grows too fast, or the live projector stands still; try again when less runs`);
}

async function standTogether(query: Query, fresh: string): Promise<boolean> {
  const cursors = (schema: string) => `SELECT topic, partition, seq FROM "${schema}".projection_cursor`;
  const [answer] = await query<{ differ: number; any: number; head: number }>(`
    SELECT (SELECT count(*) FROM (${cursors(LIVE)} EXCEPT ${cursors(fresh)}) a)::int + (SELECT count(*) FROM (${cursors(fresh)} EXCEPT ${cursors(LIVE)}) b)::int AS differ,
      (SELECT count(*) FROM "${fresh}".projection_cursor)::int AS any, (SELECT count(*) FROM log_partition WHERE next_seq > 0)::int AS head`);
  return answer!.differ === 0 && (answer!.any > 0 || answer!.head === 0);
}

async function compare(query: Query, fresh: string): Promise<Verified> {
  const lines: string[] = [];
  const faults: string[] = [];
  for (const table of projectionTables) {
    const [live, rebuilt] = [await rowsHash(query, LIVE, table), await rowsHash(query, fresh, table)];
    const equal = live.hash === rebuilt.hash && live.rows === rebuilt.rows;
    lines.push(`table ${table.padEnd(18)} ${equal ? 'equal' : 'DIFFERENT'}: ${live.rows} rows, ${live.hash.slice(0, 16)}`);
    if (!equal) faults.push(`table ${table}, key ${JSON.stringify(await firstDifference(query, LIVE, fresh, table))}`);
  }
  lines.push(`projections equal ${projectionTables.length - faults.length}/${projectionTables.length} tables`);
  return { lines, faults };
}

async function partitionsOf(driver: LogDriver): Promise<number> {
  const heads = await driver.heads(['gateway']);
  return heads.size || 16;
}
