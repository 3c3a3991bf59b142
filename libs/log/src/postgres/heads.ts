import pg from 'pg';
import { HeadTaken, type HeadStore } from '../audit/heads.ts';
import type { KeptHead } from '../audit/statement.ts';

const TAKEN = '23505';
const SCHEMA = 'create table if not exists log_head (topic text not null, partition int not null, n int not null, line text not null, primary key (topic, partition, n))';

/** Makes the table of signed heads; safe to run by several processes at once. */
export async function prepareHeads(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin; select pg_advisory_xact_lock(hashtext('novacron_log_schema'))");
    await client.query(SCHEMA);
    await client.query('commit');
  } finally {
    client.release();
  }
}

/** Signed heads in a table of PostgreSQL, whatever holds the log. */
export function postgresHeads(pool: pg.Pool): HeadStore {
  return {
    async add(heads) {
      try {
        await pool.query('insert into log_head select * from unnest($1::text[], $2::int[], $3::int[], $4::text[])', [heads.map((head) => head.topic), heads.map((head) => head.partition), heads.map((head) => head.n), heads.map((head) => head.line)]);
      } catch (error) {
        if ((error as { code?: string }).code === TAKEN) throw new HeadTaken(`a head is signed already: ${(error as { detail?: string }).detail ?? ''}`);
        throw error;
      }
    },
    async newest(topics) {
      return (await pool.query<KeptHead>('select distinct on (topic, partition) topic, partition, n, line from log_head where topic = any($1) order by topic, partition, n desc', [topics])).rows;
    },
    async list({ topic, partition }, from, limit) {
      return (await pool.query<KeptHead>('select topic, partition, n, line from log_head where topic = $1 and partition = $2 and n >= $3 order by n limit $4', [topic, partition, from, limit])).rows;
    },
  };
}

/** The signed heads of an installation, for a program that is none of its processes. */
export async function openHeads(url: string): Promise<HeadStore & { close(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on('error', () => {});
  await prepareHeads(pool);
  return { ...postgresHeads(pool), close: () => pool.end() };
}
