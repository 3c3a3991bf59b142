import { delay, type Ports } from '@novacron/kernel';
import pg from 'pg';
import { AppendError, nameOf, type ClaimRequest, type Ends, type Head, type LogDriver, type Row, type RowPosition, type Segment, type TopicPartition } from '../driver.ts';
import { packSegment, unpackSegment } from '../segment.ts';
import { Client } from './client.ts';
import { LOG_SCHEMA } from './schema.ts';
import { sessionOf } from './session.ts';

export interface PostgresLogOptions {
  /** Tells other processes of appends by NOTIFY, and listens to theirs; false: once there are others (`share`). */
  readonly notify: boolean;
  readonly ports: Ports;
  /** Schema of the log's tables; default `public`. */
  readonly schema?: string;
}

/** What every session of ours asks for: a paused or cut-off owner must not hold a row lock for longer than 5 s. */
const SESSION = '-c idle_in_transaction_session_timeout=5000 -c tcp_user_timeout=5000 -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=2 -c synchronous_commit=on';
/** Refused by content (SQLSTATE classes 22, 23, 54): one record is at fault, not the log. */
const CONTENT = /^(22|23|54)/;
const FENCED = 'NVF01';

/** Applies the log's schema; safe to run by several processes at once. */
export async function prepareLog(url: string, schema = 'public'): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // the query that it hits rejects as well
  await client.connect();
  try {
    await client.query("begin; select pg_advisory_xact_lock(hashtext('novacron_log_schema'))");
    if (schema !== 'public') await client.query(`create schema if not exists "${schema}"`);
    await client.query(`set local search_path = "${schema}"`);
    await client.query(LOG_SCHEMA);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

/** The log in PostgreSQL: appends over one connection of their own, reads over a small pool. */
export class PostgresLog implements LogDriver {
  readonly joint = true;
  private writer: Promise<pg.Client> | undefined;
  private readonly readers: pg.Pool;
  private readonly listeners = new Set<(ends: Ends) => void>();
  private listening: pg.Client | undefined;
  private readonly closed = new AbortController();
  private listenLoop: Promise<void> | undefined;
  private readonly options: PostgresLogOptions;
  private readonly url: string;
  private readonly session: pg.ClientConfig;

  constructor(url: string, options: PostgresLogOptions) {
    this.url = url;
    this.options = options;
    this.session = { ...sessionOf(url), connectionTimeoutMillis: 5_000, options: `${SESSION} -c search_path=${options.schema ?? 'public'}` };
    this.readers = new pg.Pool({ ...this.session, max: 4 });
    this.readers.on('error', () => {});
    // The pool listens to idle clients only: a server that dies right after an answer would end the process.
    this.readers.on('connect', (client) => client.on('error', () => {}));
    if (options.notify) this.share();
  }

  /** There are other processes: from now on they are told of appends, and this one hears of theirs. */
  share(): void {
    this.listenLoop ??= this.listen();
  }

  async claim(requests: readonly ClaimRequest[]): Promise<readonly TopicPartition[]> {
    const sorted = [...requests].sort(inOrder);
    const { rows } = await this.write<{ claimed_topic: string; claimed_partition: number }>({
      name: 'log_claim', text: 'select * from log_claim($1,$2,$3,$4,$5,$6,$7)',
      values: [sorted.map((r) => r.topic), sorted.map((r) => r.partition), sorted.map((r) => r.epoch), sorted.map((r) => r.owner), sorted.map((r) => r.address), sorted.map((r) => r.record), this.listenLoop !== undefined],
    });
    return rows.map((row) => ({ topic: row.claimed_topic, partition: row.claimed_partition }));
  }

  async append(segments: readonly Segment[]): Promise<void> {
    const sorted = [...segments].sort(inOrder);
    const packed = sorted.map((segment) => packSegment(segment.records));
    const bodies = packed.every((body) => body instanceof Buffer) ? (packed as Buffer[]) : await Promise.all(packed);
    await this.write({
      name: 'log_append', text: 'select log_append($1,$2,$3,$4,$5,$6,$7,$8,$9)',
      values: [
        sorted.map((s) => s.topic), sorted.map((s) => s.partition), sorted.map((s) => s.epoch), sorted.map((s) => s.owner), sorted.map((s) => s.firstSeq),
        sorted.map((s) => s.lastSeq), bodies.map((body) => body.length), bodies.length === 1 ? bodies[0] : Buffer.concat(bodies), this.listenLoop !== undefined,
      ],
    });
  }

  async read({ topic, partition }: TopicPartition, after: RowPosition, limit = 1 << 20): Promise<readonly Row[]> {
    // Bodies are deflated about four to one; the first row always comes.
    const { rows } = await this.readers.query<{ last_seq: string; epoch: string; body: Buffer }>({
      name: 'log_read',
      text: `select last_seq, epoch, body from (
        select last_seq, epoch, body, sum(octet_length(body)) over (order by last_seq, epoch) - octet_length(body) as before
        from (select * from log_segment where topic = $1 and partition = $2 and (last_seq, epoch) > ($3, $4) order by last_seq, epoch limit 1000) page
      ) sized where before < $5 order by last_seq, epoch`,
      values: [topic, partition, after.lastSeq, after.epoch, Math.ceil(limit / 4)],
    });
    return rows.map((row) => ({ lastSeq: Number(row.last_seq), epoch: Number(row.epoch), records: unpackSegment(row.body) }));
  }

  async heads(topics: readonly string[]): Promise<ReadonlyMap<string, Head>> {
    const { rows } = await this.readers.query<{ topic: string; partition: number; epoch: string; next_seq: string; address: string }>({
      name: 'log_heads', text: 'select topic, partition, epoch, next_seq, address from log_partition where topic = any($1)', values: [topics],
    });
    return new Map(rows.map((row) => [nameOf(row), { epoch: Number(row.epoch), nextSeq: Number(row.next_seq), address: row.address }]));
  }

  onAppend(listener: (ends: Ends) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async now(): Promise<number> {
    const { rows } = await this.readers.query<{ now: string }>('select extract(epoch from clock_timestamp()) * 1000 as now');
    return Number(rows[0]!.now);
  }

  async close(): Promise<void> {
    this.closed.abort();
    await Promise.allSettled([this.writer?.then((client) => client.end()), this.readers.end(), this.listening?.end(), this.listenLoop]);
  }

  /** An error that the server answered means: rolled back. Anything else means: nobody knows. */
  private async write<R extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<R>> {
    let client: pg.Client;
    try {
      client = await (this.writer ??= this.connect());
    } catch (error) {
      this.writer = undefined;
      throw new AppendError({ kind: 'refused' }, `no connection to the log: ${(error as Error).message}`, error);
    }
    try {
      return await client.query<R>(query);
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string };
      const answered = error instanceof pg.DatabaseError && !code.startsWith('08') && !code.startsWith('57P');
      if (!answered) {
        // What is under way on this connection nobody will hear of any more.
        this.writer = undefined;
        void client.end().catch(() => {});
        throw new AppendError({ kind: 'unknown' }, message);
      }
      if (code === FENCED) throw new AppendError({ kind: 'fenced', partitions: [fencedOf(message)] }, message);
      throw new AppendError({ kind: CONTENT.test(code) ? 'content' : 'refused' }, `${code}: ${message}`, error);
    }
  }

  /** The one connection that writes; a pool would cost a turn of the loop at every append. */
  private async connect(): Promise<pg.Client> {
    const client = new Client(this.session);
    client.on('error', () => (this.writer = undefined));
    await client.connect();
    return client;
  }

  /** Follows NOTIFY on a connection of its own; reconnects, and then readers look for what nobody told them meanwhile. */
  private async listen(): Promise<void> {
    while (!this.closed.signal.aborted) {
      const client = new Client(sessionOf(this.url));
      const ended = new Promise<void>((resolve) => client.once('end', resolve));
      client.on('error', () => {});
      client.on('notification', ({ payload }) => this.tell(endsOf(payload ?? '')));
      try {
        await client.connect();
        await client.query(`listen ${client.escapeIdentifier(`novacron_log_${this.options.schema ?? 'public'}`)}`);
        this.listening = client;
        this.tell(new Map());
        if (this.closed.signal.aborted) await client.end();
        await ended;
      } catch {
        await client.end().catch(() => {});
      }
      await delay(this.options.ports.timers, 500, this.closed.signal);
    }
  }

  private tell(ends: Ends): void {
    for (const listener of this.listeners) listener(ends);
  }
}

/** As `log_tell` writes them. */
function endsOf(payload: string): Ends {
  if (payload === '') return new Map();
  return new Map(payload.split(',').map((text) => {
    const [name, epoch, nextSeq] = text.split(' ');
    return [name!, { epoch: Number(epoch), nextSeq: Number(nextSeq) }];
  }));
}

function fencedOf(message: string): TopicPartition {
  const match = /fenced ([a-z-]+)\/(\d+)/.exec(message);
  return { topic: match?.[1] ?? '', partition: Number(match?.[2] ?? -1) };
}

function inOrder(a: TopicPartition, b: TopicPartition): number {
  return a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition;
}
