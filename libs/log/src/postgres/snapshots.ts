import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type pg from 'pg';
import type { SnapshotStore } from '../snapshot.ts';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Snapshots in a table beside the log. */
export function postgresSnapshots(pool: pg.Pool): SnapshotStore {
  return {
    async save(topic, partition, { seq, body, checksum }) {
      await pool.query('insert into log_snapshot values ($1,$2,$3,$4,$5) on conflict (topic, partition, seq) do update set checksum = excluded.checksum, body = excluded.body', [topic, partition, seq, checksum, await deflate(body, { level: 1 })]);
    },
    async list(topic, partition) {
      const { rows } = await pool.query<{ seq: string }>('select seq from log_snapshot where topic = $1 and partition = $2 order by seq desc', [topic, partition]);
      return rows.map((row) => Number(row.seq));
    },
    async load(topic, partition, seq) {
      const { rows } = await pool.query<{ checksum: string; body: Buffer }>('select checksum, body from log_snapshot where topic = $1 and partition = $2 and seq = $3', [topic, partition, seq]);
      const row = rows[0];
      if (!row) return undefined;
      // A body that does not inflate is a corrupt snapshot like any other: its checksum will not match.
      const body = await inflate(row.body).then((bytes) => bytes.toString('utf8'), () => '');
      return { seq, checksum: row.checksum, body };
    },
    async remove(topic, partition, seqs) {
      await pool.query('delete from log_snapshot where topic = $1 and partition = $2 and seq = any($3)', [topic, partition, seqs]);
    },
  };
}
