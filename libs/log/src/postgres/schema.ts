/** Tables and statements of the log in PostgreSQL 14 or later; applied at start, each idempotent. */
export const LOG_SCHEMA = `
create table if not exists log_partition (
  topic text not null, partition int not null, epoch bigint not null, owner text not null, address text not null, next_seq bigint not null,
  primary key (topic, partition)
) with (fillfactor = 20);
-- A segment or a claim; a claim consumes no seq and carries that of the commit before it.
create table if not exists log_segment (
  topic text not null, partition int not null, last_seq bigint not null, epoch bigint not null, body bytea not null,
  primary key (topic, partition, last_seq, epoch)
);
-- The log deflates by itself; PostgreSQL must not try again.
alter table log_segment alter column body set storage external;
create table if not exists log_snapshot (
  topic text not null, partition int not null, seq bigint not null, checksum text not null, body bytea not null,
  primary key (topic, partition, seq)
);
-- Who lives, by heartbeat: worth nothing after a crash, so it is not logged. The number names the member's advisory lock.
create unlogged table if not exists log_member (
  id text primary key, number serial, address text not null, topics text[] not null, holds text not null, beat timestamptz not null
) with (fillfactor = 50);

-- How far partitions reach now, to whoever listens on this schema's channel; no names where they would not fit in a notification.
create or replace function log_tell(ends text[]) returns void language sql as $$
  select pg_notify('novacron_log_' || current_schema(), case when octet_length(told) < 8000 then told else '' end) from array_to_string(ends, ',') as told;
$$;

-- One statement, one transaction: fence each partition's row (callers sort them, so two appends never deadlock), insert all, or nothing.
create or replace function log_append(topics text[], partitions int[], epochs bigint[], owners text[], firsts bigint[], lasts bigint[], lengths int[], bodies bytea, wake boolean)
returns void language plpgsql as $$
declare at int := 1; ends text[] := '{}';
begin
  for i in 1 .. array_length(topics, 1) loop
    update log_partition p set next_seq = lasts[i] + 1
      where p.topic = topics[i] and p.partition = partitions[i] and p.epoch = epochs[i] and p.owner = owners[i] and p.next_seq = firsts[i];
    if not found then
      raise exception 'fenced %/%', topics[i], partitions[i] using errcode = 'NVF01';
    end if;
    insert into log_segment values (topics[i], partitions[i], lasts[i], epochs[i], substring(bodies from at for lengths[i]));
    at := at + lengths[i];
    ends := ends || concat_ws(' ', topics[i] || '/' || partitions[i], epochs[i], lasts[i] + 1);
  end loop;
  if wake then perform log_tell(ends); end if;
end $$;

create or replace function log_claim(topics text[], partitions int[], epochs bigint[], owners text[], addresses text[], records text[], wake boolean)
returns table (claimed_topic text, claimed_partition int) language plpgsql as $$
declare seq bigint; ends text[] := '{}';
begin
  for i in 1 .. array_length(topics, 1) loop
    insert into log_partition values (topics[i], partitions[i], 0, '', '', 0) on conflict do nothing;
    update log_partition p set epoch = epochs[i], owner = owners[i], address = addresses[i]
      where p.topic = topics[i] and p.partition = partitions[i] and p.epoch = epochs[i] - 1 returning p.next_seq into seq;
    if found then
      insert into log_segment values (topics[i], partitions[i], seq - 1, epochs[i], convert_to(records[i], 'UTF8'));
      claimed_topic := topics[i]; claimed_partition := partitions[i];
      return next;
      ends := ends || concat_ws(' ', topics[i] || '/' || partitions[i], epochs[i], seq);
    end if;
  end loop;
  if wake then perform log_tell(ends); end if;
end $$;
`;
