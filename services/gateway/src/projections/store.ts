import type { Json } from '@novacron/kernel';
import { sessionOf } from '@novacron/log';
import type { Cursor, Followed } from '@novacron/service';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import type { PoolClient } from 'pg';
import { entities } from './entities.ts';
import { mergeBatch } from './merge.ts';
import { AuditByCommand1795100000000, Tables1795000000000 } from './migration.ts';
import { statements } from './sql.ts';
import type { TableName } from './tables.ts';

/** Another process has projected these commits: read the cursors again. */
export class CursorMoved extends Error {}

/** The rows are older than what is to be added: the database was set back. The log must be followed again from the rows' cursors. */
export class CursorGap extends Error {}

interface Mark {
  readonly seq: number;
  readonly cursor: Cursor;
}

/** The projection's rows and cursors in one schema of PostgreSQL; both always change in one transaction. */
export class ProjectionStore {
  readonly source: DataSource;
  readonly schema: string;
  /** The session whose lock says that this process projects. */
  private lease: Promise<QueryRunner | undefined> | undefined;
  /** By `topic/partition`, as committed. */
  private marks = new Map<string, Mark>();

  private constructor(source: DataSource, schema: string) {
    this.source = source;
    this.schema = schema;
  }

  /** Connects, and makes schema and tables where they are not there. */
  static async open(url: string, schema = 'projection'): Promise<ProjectionStore> {
    const source = new DataSource({
      type: 'postgres', url, schema, entities, migrations: [Tables1795000000000, AuditByCommand1795100000000], migrationsTableName: 'projection_migration', poolSize: 4, applicationName: 'novacron projections',
      // Durable, though rows could be had again from the log: a server that forgets its last commits while this process remembers them would leave a hole.
      // Without a bound on answers: a migration of large tables takes what it takes, and a second process waits for it.
      extra: { ...sessionOf(url), query_timeout: 0, options: `-c search_path=${schema} -c synchronous_commit=on -c idle_in_transaction_session_timeout=5000` },
    });
    await source.initialize();
    const store = new ProjectionStore(source, schema);
    await store.migrate();
    await store.readMarks();
    return store;
  }

  async close(): Promise<void> {
    await (await this.lease)?.release();
    await this.source.destroy();
  }

  /** Whether this process is the one that projects: so long as its session lives. Only so that the work is done once; the cursors decide. */
  async lead(): Promise<boolean> {
    this.lease ??= this.takeLease();
    if (await this.lease) return true;
    this.lease = undefined;
    return false;
  }

  private async takeLease(): Promise<QueryRunner | undefined> {
    const runner = this.source.createQueryRunner();
    const lost = () => void (this.lease = undefined);
    try {
      const session = (await runner.connect()) as PoolClient;
      const [row] = (await runner.query('SELECT pg_try_advisory_lock(hashtext($1)) AS taken', [`novacron projector ${this.schema}`])) as [{ taken: boolean }];
      if (row.taken) {
        session.once('error', lost);
        session.once('end', lost);
        return runner;
      }
    } catch {
      // The database is away; what is to be written says so.
    }
    await runner.release();
    return undefined;
  }

  cursors(): Map<string, Cursor> {
    return new Map([...this.marks].map(([id, mark]) => [id, mark.cursor]));
  }

  /** Sequence number of the last commit of the partition that is in the rows; -1 before the first. */
  reached(topic: string, partition: number): number {
    return this.marks.get(`${topic}/${partition}`)?.seq ?? -1;
  }

  async readMarks(): Promise<void> {
    const rows = await this.source.query<{ topic: string; partition: number; seq: string; cursor: Json }[]>(`SELECT topic, partition, seq, cursor FROM "${this.schema}".projection_cursor`);
    this.marks = new Map(rows.map((row) => [`${row.topic}/${row.partition}`, { seq: Number(row.seq), cursor: row.cursor }]));
  }

  /** Projects the commits that are not in the rows yet; throws `CursorMoved` when another process did, and what the database says. */
  async apply(batch: readonly Followed[]): Promise<void> {
    const news = batch.filter((commit) => commit.seq > this.reached(commit.topic, commit.partition));
    if (news.length === 0) return;
    this.refuseGap(news);
    const merged = mergeBatch(news);
    await this.advance(news, async (manager) => {
      for (const [table, rows] of merged) await this.write(manager, table, rows.values());
    });
  }

  private refuseGap(news: readonly Followed[]): void {
    const seen = new Set<string>();
    for (const { topic, partition, seq } of news) {
      const id = `${topic}/${partition}`;
      if (!seen.has(id) && seq !== this.reached(topic, partition) + 1) throw new CursorGap(`${id}: the rows end at ${this.reached(topic, partition)}, and ${seq} is to be added`);
      seen.add(id);
    }
  }

  /** Passes over commits whose rows the database refuses. */
  skip(batch: readonly Followed[]): Promise<void> {
    return this.advance(batch, async () => {});
  }

  private async write(manager: EntityManager, table: TableName, rows: Iterable<Parameters<typeof statements>[2] extends Iterable<infer R> ? R : never>): Promise<void> {
    for (const statement of statements(this.schema, table, rows)) await manager.query(statement.sql, [statement.rows]);
  }

  private async advance(batch: readonly Followed[], write: (manager: EntityManager) => Promise<void>): Promise<void> {
    const heads = new Map<string, Followed>();
    for (const commit of batch) heads.set(`${commit.topic}/${commit.partition}`, commit);
    const moves = [...heads.values()].map(({ topic, partition, seq, cursor }) => ({ topic, partition, before: this.reached(topic, partition), seq, cursor }));
    await this.source.transaction(async (manager) => {
      const [{ moved }] = await manager.query<[{ moved: number }]>(this.moveCursors(), [JSON.stringify(moves)]);
      if (moved !== moves.length) throw new CursorMoved('another process projects into this schema');
      await write(manager);
    });
    for (const [id, { seq, cursor }] of heads) this.marks.set(id, { seq, cursor });
  }

  private moveCursors(): string {
    const cursors = `"${this.schema}".projection_cursor`;
    return `WITH x AS (SELECT * FROM json_to_recordset($1::json) AS x(topic text, partition integer, before bigint, seq bigint, cursor json)),
      first AS (INSERT INTO ${cursors} SELECT topic, partition, seq, cursor FROM x WHERE before = -1 ON CONFLICT DO NOTHING RETURNING 1),
      next AS (UPDATE ${cursors} c SET seq = x.seq, cursor = x.cursor FROM x WHERE x.before >= 0 AND c.topic = x.topic AND c.partition = x.partition AND c.seq = x.before RETURNING 1)
      SELECT ((SELECT count(*) FROM first) + (SELECT count(*) FROM next))::int AS moved`;
  }

  private async migrate(): Promise<void> {
    const runner = this.source.createQueryRunner();
    try {
      // Two processes that start at once must not both create.
      await runner.query('SELECT pg_advisory_lock(hashtext($1))', [`novacron projection ${this.schema}`]);
      await runner.query(`CREATE SCHEMA IF NOT EXISTS "${this.schema}"`);
      await this.source.runMigrations();
      await runner.query('SELECT pg_advisory_unlock(hashtext($1))', [`novacron projection ${this.schema}`]);
    } finally {
      await runner.release();
    }
  }
}
