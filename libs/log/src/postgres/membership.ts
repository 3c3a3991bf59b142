import { Alarm, type Ports } from '@novacron/kernel';
import type pg from 'pg';
import type { Joining, Member, Membership } from '../membership.ts';
import { Client } from './client.ts';
import { sessionOf } from './session.ts';

const BEAT_MS = 500;
/** After a reconnection others may still be on their way back: who was not seen since is not counted as gone so soon. A server that is there again is found within 0.4 s (`Client`). */
const RETURN_MS = 1_500;

/**
 * A member with a lock lives while it beats at least every 5 s (a paused process keeps its lock); one without is gone after 1 s, which outlasts a reconnection.
 * All by the server's clock.
 */
const LIVING = `select id, address, topics, holds from log_member m where id = $1 or beat > clock_timestamp() - interval '1 s'
  or (beat > clock_timestamp() - interval '5 s' and exists (select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
    and classid = hashtext('novacron_member')::oid and objid = m.number::oid))`;
const BEAT = `with beaten as (update log_member set beat = clock_timestamp() where id = $1) ${LIVING} order by id`;
const JOIN = `insert into log_member (id, address, topics, holds, beat) values ($1, $2, $3, $4, clock_timestamp())
  on conflict (id) do update set beat = excluded.beat, holds = excluded.holds returning number`;
const FORGET = "delete from log_member where beat < clock_timestamp() - interval '1 minute'";

interface Row {
  readonly id: string;
  readonly address: string;
  readonly topics: readonly string[];
  readonly holds: string;
}

/** Members as rows that beat, each with a session-level advisory lock that ends with its process; changes are told by NOTIFY and seen by the next beat. */
export function postgresMembership(url: string, ports: Ports, schema = 'public'): Membership {
  return new PostgresMembership(url, ports, schema);
}

class PostgresMembership implements Membership {
  private readonly ended = new AbortController();
  private readonly alarm: Alarm;
  private client: pg.Client | undefined;
  private held = '';
  private told = '';
  private living = new Map<string, Member>();
  private reconnectedAt = -Infinity;
  private readonly seenSince = new Set<string>();
  private beating: Promise<void> | undefined;
  private readonly url: string;
  private readonly ports: Ports;
  private readonly schema: string;

  constructor(url: string, ports: Ports, schema: string) {
    [this.url, this.ports, this.schema] = [url, ports, schema];
    this.alarm = new Alarm(ports.timers);
  }

  async join(member: Joining, seen: (living: readonly Member[]) => void): Promise<void> {
    await this.connect(member);
    if (!this.ended.signal.aborted) await this.look(member, seen);
    this.beating = this.beat(member, seen);
  }

  holds(partitions: ReadonlySet<string>): void {
    this.held = [...partitions].join(' ');
    this.alarm.ring();
  }

  async leave(): Promise<void> {
    this.ended.abort();
    this.alarm.ring();
    await this.beating;
  }

  private async beat(member: Joining, seen: (living: readonly Member[]) => void): Promise<void> {
    while (!this.ended.signal.aborted) {
      await this.alarm.wait(BEAT_MS);
      try {
        if (this.ended.signal.aborted) break;
        if (!this.client) {
          await this.connect(member);
          this.reconnectedAt = this.ports.clock.monotonic();
          this.seenSince.clear();
        }
        await this.look(member, seen);
      } catch {
        // The log's own connections say what is wrong with the database; claims hold without this one.
        await this.disconnect();
      }
    }
    await this.client?.query("with gone as (delete from log_member where id = $1) select pg_notify('novacron_members', '')", [member.id]).catch(() => {});
    await this.disconnect();
  }

  private async connect(member: Joining): Promise<void> {
    const client = new Client({ ...sessionOf(this.url), connectionTimeoutMillis: 5_000, query_timeout: 5_000, options: `-c synchronous_commit=off -c tcp_user_timeout=5000 -c search_path=${this.schema}` });
    client.on('error', () => {}); // the query that it hits rejects as well
    client.once('end', () => this.alarm.ring());
    client.on('notification', () => this.alarm.ring());
    this.client = client;
    await client.connect();
    await client.query('listen novacron_members');
    const { rows } = await client.query<{ number: number }>(JOIN, [member.id, member.address, member.topics, this.held]);
    await client.query("select pg_advisory_lock(hashtext('novacron_member'), $1)", [rows[0]!.number]);
    await client.query(FORGET);
    await this.tellOthers(client, this.held);
  }

  private async disconnect(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => {});
  }

  private async look(member: Joining, seen: (living: readonly Member[]) => void): Promise<void> {
    const client = this.client!;
    if (this.held !== this.told) {
      const { held } = this;
      await client.query('update log_member set holds = $2 where id = $1', [member.id, held]);
      await this.tellOthers(client, held);
    }
    const { rows } = await client.query<Row>({ name: 'log_members', text: BEAT, values: [member.id] });
    // A crash of the server empties the table.
    if (!rows.some(({ id }) => id === member.id)) throw new Error('this member is not known any more');
    this.tell(new Map(rows.map((row) => [row.id, memberOf(row)])), seen);
  }

  private async tellOthers(client: pg.Client, held: string): Promise<void> {
    await client.query("select pg_notify('novacron_members', '')");
    this.told = held;
  }

  private tell(found: Map<string, Member>, seen: (living: readonly Member[]) => void): void {
    for (const id of found.keys()) this.seenSince.add(id);
    if (this.ports.clock.monotonic() - this.reconnectedAt < RETURN_MS) for (const [id, member] of this.living) if (!this.seenSince.has(id)) found.set(id, member);
    const before = textOf(this.living);
    this.living = found;
    if (textOf(found) !== before) seen([...found.values()]);
  }
}

const memberOf = ({ id, address, topics, holds }: Row): Member => ({ id, address, topics, holds: new Set(holds.split(' ').filter(Boolean)) });

const textOf = (members: ReadonlyMap<string, Member>): string => [...members.values()].map(({ id, holds }) => `${id} ${[...holds].join(' ')}`).sort().join('\n');
