import { defineService, realPorts, table, type Decision, type Message, type Ports } from '@novacron/kernel';
import type { EffectHandlers } from '../host/effects.ts';
import { Host } from '../host/host.ts';
import type { HostLog } from '../host/options.ts';
import type { OwnedPartition } from '../host/partition.ts';
import type { Membership } from '../membership.ts';
import { silentLog } from '../silent-log.ts';
import type { Installation } from './installation.ts';

export interface Count {
  readonly n: number;
}
interface Asked extends Message {
  readonly type: string;
  readonly key: string;
  readonly id: string;
  readonly times: number;
}

const plus = (count: Count | undefined): Count => ({ n: (count?.n ?? 0) + 1 });

/** `front` takes commands once per id and asks `back`; `back` answers, does an effect, sets timers; everything is counted by key. */
export const front = defineService({
  name: 'front', foldVersion: 1,
  schema: { asked: table<Count>(), heard: table<Count>(), done: table<Count>() },
  reactions: {
    Ask: (state, message: Asked) => (state.done.has(message.id) ? [] : [{ type: 'Asked', key: message.key, id: message.id }]),
    AskMany: (_state, message: Asked) => Array.from({ length: message.times }, (_, i) => ({ type: 'Asked', key: message.key, id: `${message.id}-${i}` })),
    AskTwice: (_state, message: Asked) => [{ type: 'AskedTwice', key: message.key, id: message.id }],
    Shout: (_state, message: Asked) => [{ type: 'Shouted', key: message.key, text: 'x'.repeat(message.times) }],
    Break: () => { throw new Error('a bug in the decider'); },
    Mistype: (_state, message: Asked) => [{ type: 'Mistyped', key: message.key }],
    Remind: (_state, message: Asked, { now }): Decision => ({ events: [], timers: [{ id: message.id, at: now + message.times, message: { type: 'Rang', key: message.key, id: message.id } }] }),
    Forget: (_state, message: Asked): Decision => ({ events: [], timers: [{ id: message.id }] }),
    Rang: (_state, message: Asked) => [{ type: 'Reminded', key: message.key, id: message.id }],
    Tell: (_state, message: Asked): Decision => ({ events: [], effects: [{ type: 'Deliver', key: message.key, id: message.id }] }),
    Delivered: (_state, message: Asked) => [{ type: 'Told', key: message.key, id: message.id }],
    CountDown: (_state, message: Asked) => (message.times === 0 ? [] : [{ type: 'CountDown', key: message.key, id: message.id, times: message.times - 1 }]),
    Corrupt: (_state, message: Asked) => [{ type: 'Corrupted', key: message.key }],
    Refuse: () => ({ refused: true as const, code: 'NotLikeThis', status: 409, detail: 'as asked' }),
    Answered: (_state, message: Asked) => [{ type: 'Heard', key: message.key, id: message.id }],
  },
  folds: {
    Asked: (state, event: Asked) => {
      state.done.put(event.id, { n: 1 });
      state.asked.put(event.key, plus(state.asked.get(event.key)));
    },
    Heard: (state, event: Asked) => state.heard.put(event.key, plus(state.heard.get(event.key))),
    Reminded: (state, event: Asked) => state.heard.put(`reminded ${event.id}`, plus(state.heard.get(`reminded ${event.id}`))),
    Told: (state, event: Asked) => state.heard.put(`told ${event.id}`, plus(state.heard.get(`told ${event.id}`))),
    CountDown: (state, event: Asked) => state.heard.put(`left ${event.id}`, { n: event.times }),
    // Folds differently each time: what no fold may do.
    Corrupted: (state) => state.heard.put('corrupt', { n: performance.now() }),
  },
});

export const back = defineService({
  name: 'back', foldVersion: 1,
  schema: { answered: table<Count>() },
  reactions: {
    Asked: (_state, message: Asked) => [{ type: 'Answered', key: message.key, id: message.id }],
    AskedTwice: (_state, message: Asked) => [{ type: 'Answered', key: message.key, id: message.id }, { type: 'Answered', key: message.key, id: message.id }],
  },
  folds: { Answered: (state, event: Asked) => state.answered.put(event.key, plus(state.answered.get(event.key))) },
});

const addressesOf = (event: Message) => {
  const key = event['key'] as string;
  if (event.type === 'Asked' || event.type === 'AskedTwice' || event.type === 'Mistyped') return [{ service: 'back', key }];
  if (event.type === 'Answered' || event.type === 'CountDown') return [{ service: 'front', key }];
  return [];
};

let processes = 0;

/** A membership that sees nobody else. */
export const alone: Membership = { join: async (member, seen) => seen([{ ...member, holds: new Set() }]), holds: () => {}, leave: async () => {} };

export interface HostSpec {
  readonly address?: string;
  readonly services?: readonly ('front' | 'back')[];
  readonly effects?: EffectHandlers;
  readonly partitions?: number;
  readonly ports?: Ports;
  readonly log?: HostLog;
  /** Stands between host and log. */
  readonly wrap?: (driver: ReturnType<Installation['driver']>) => ReturnType<Installation['driver']>;
}

/** A process of the test, not started. */
export function hostOn(installation: Pick<Installation, 'driver' | 'snapshots' | 'membership'>, spec: HostSpec = {}): Host {
  const driver = installation.driver();
  const address = spec.address ?? `process-${++processes}`;
  const host = new Host({
    driver: spec.wrap?.(driver) ?? driver, snapshots: installation.snapshots(), membership: installation.membership(address), ports: spec.ports ?? realPorts(), address, addressesOf,
    hears: { front: ['back', 'front'], back: ['front'] }, partitions: spec.partitions ?? 4, log: spec.log ?? silentLog,
  });
  for (const name of spec.services ?? ['front', 'back']) host.add((name === 'front' ? front : back) as never, name === 'front' ? (spec.effects ?? {}) : {});
  return host;
}

export const tell = (host: Host, type: string, key: string, fields: object = {}) => host.submit('front', host.partitionOf(key), { type, key, ...fields });

/** A counter of `front` as it stands in memory. */
export function count(host: Host, table: 'asked' | 'heard', key: string, on = key): number {
  const owned = host.owned('front').get(host.partitionOf(on));
  return owned?.view<Record<string, { get(id: string): Count | undefined }>>()[table]!.get(key)?.n ?? 0;
}

/** Hash of what the services themselves keep, over all partitions: without cursors, timers and effects. */
export function contentOf(host: Host): string {
  const rows: string[] = [];
  for (const service of ['front', 'back']) {
    for (const owned of host.owned(service).values()) rows.push(...contentRows(owned));
  }
  return rows.sort().join('\n');
}

function contentRows(owned: OwnedPartition): string[] {
  return owned.tables.rowsAt(owned.confirmed.mark).filter(([table]) => !table.startsWith('$')).map((row) => `${owned.name} ${JSON.stringify(row)}`);
}

export { until } from '../testing/until.ts';
