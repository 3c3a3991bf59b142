import { partitionOf, type Json } from '@novacron/kernel';
import { stateBehind, type At, type LogDriver, type SnapshotStore } from '@novacron/log';
import { definition } from '../definition.ts';
import { commandLookup } from '../domain/command/decide.ts';
import type { PageOf, Value, Where } from '../http/rows.ts';
import { asKept } from '../projections/sql.ts';
import type { TableName } from '../projections/tables.ts';
import { MemoryRows } from './memory-rows.ts';
import { Moment } from './moment.ts';

/** One read at a moment. */
export type Call =
  | { readonly read: 'one'; readonly table: TableName; readonly where: Where<TableName> }
  | { readonly read: 'all'; readonly table: TableName; readonly where: Where<TableName>; readonly order?: readonly string[] | undefined }
  | { readonly read: 'page'; readonly table: TableName; readonly page: PageOf<TableName> }
  | { readonly read: 'counts'; readonly table: TableName; readonly column: string; readonly where: Readonly<Record<string, Value>> }
  | { readonly read: 'command'; readonly workspace: string; readonly command: string };

/** The moment has more rows than are held here. */
export class PastTooLarge extends Error {}

interface Kept {
  readonly at: string;
  readonly moment: Moment;
}

/** Moments that are kept, so that what is asked next of one, or of one soon after it, comes at once. */
const KEPT = 4;
/** Until then a commit of a time may still be on its way to the log: such a moment is not remembered by its time. */
const SETTLED_MS = 10_000;

export interface PastSource {
  readonly driver: LogDriver;
  readonly snapshots: SnapshotStore;
  /** Rows that one moment may have. */
  readonly mostRows: number;
  now(): number;
}

/** Answers reads at moments of the past: puts their rows together from the log, one moment after the other. */
export class PastReader {
  private kept: Kept[] = [];
  private making: Promise<unknown> = Promise.resolve();
  private readonly source: PastSource;

  constructor(source: PastSource) {
    this.source = source;
  }

  /** The answer as JSON text, as PostgreSQL would keep it. */
  async answer(at: At, call: Call): Promise<string> {
    const moment = await this.momentOf(at);
    if (call.read === 'command') return JSON.stringify(await this.commandAt(moment, call.workspace, call.command));
    const answer = readFrom(new MemoryRows(moment.merged), call);
    return answer === undefined ? 'null' : asKept(JSON.stringify(answer));
  }

  private momentOf(at: At): Promise<Moment> {
    const made = this.making.then(() => this.known(at) ?? this.make(at));
    this.making = made.catch(() => {});
    return made;
  }

  private known(at: At): Moment | undefined {
    const found = this.kept.find((kept) => kept.at === textOf(at));
    if (found) this.kept = [found, ...this.kept.filter((kept) => kept !== found)];
    return found?.moment;
  }

  private async make(at: At): Promise<Moment> {
    const { driver, mostRows, now } = this.source;
    const [nearest] = this.kept.filter(({ moment }) => moment.isWithin(at)).sort((a, b) => b.moment.newest - a.moment.newest);
    const moment = await Moment.make(driver, at, nearest?.moment, (rows) => {
      if (rows > mostRows) throw new PastTooLarge(`the moment has more than ${mostRows} rows: ask for an earlier one, or raise NOVACRON_PAST_ROWS on the gateway (1,000 rows take about 2 MiB there)`);
    });
    const settled = 'positions' in at || at.time < now() - SETTLED_MS;
    this.kept = [{ at: settled ? textOf(at) : '', moment }, ...this.kept].slice(0, KEPT);
    return moment;
  }

  /** As the gateway's state of then answers it. */
  private async commandAt({ cut }: Moment, workspace: string, command: string): Promise<Json> {
    const { driver, snapshots } = this.source;
    const partition = partitionOf(workspace, (await driver.heads([definition.name])).size);
    const seq = cut.get(`${definition.name}/${partition}`) ?? -1;
    if (seq < 0) return null;
    const owned = await stateBehind({ driver, snapshots, definition: definition as never }, { topic: definition.name, partition, seq });
    const answer = commandLookup(owned.view(), { type: 'CommandLookup', workspace, command }, { now: owned.time, newId: () => '' });
    return 'reply' in answer ? (answer.reply ?? null) : null;
  }
}

function readFrom(rows: MemoryRows, call: Exclude<Call, { read: 'command' }>): unknown {
  switch (call.read) {
    case 'one': return rows.one(call.table, call.where);
    case 'all': return rows.all(call.table, call.where, call.order);
    case 'page': return rows.page(call.table, call.page);
    case 'counts': return rows.counts(call.table, call.column, call.where);
  }
}

const textOf = (at: At): string => ('time' in at ? String(at.time) : at.positions.map(({ topic, partition, seq }) => `${topic}.${partition}.${seq}`).sort().join());
