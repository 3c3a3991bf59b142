import { describe, expect, it } from '@jest/globals';
import { defineService, table, type Message, type Refusal } from '@novacron/kernel';
import { MemoryLog } from '../memory.ts';
import { realPorts, silentLog } from '../ports.ts';
import { Host } from './host.ts';
import type { Outcome } from './input.ts';

/** Two services that count: `asker` says Asked to `answerer`, which says Answered back. */
interface Count { readonly n: number }
const asker = defineService({
  name: 'asker', foldVersion: 1, schema: { count: table<Count>() },
  reactions: {
    Ask: (_state, message: Message & { key: string }) => [{ type: 'Asked', key: message.key }],
    Answered: (_state, message: Message & { key: string }) => [{ type: 'Heard', key: message.key }],
  },
  folds: { Heard: (state, event: Message & { key: string }) => state.count.put(event.key, { n: (state.count.get(event.key)?.n ?? 0) + 1 }) },
});
const answerer = defineService({
  name: 'answerer', foldVersion: 1, schema: { count: table<Count>() },
  reactions: { Asked: (_state, message: Message & { key: string }) => [{ type: 'Answered', key: message.key }] },
  folds: { Answered: (state, event: Message & { key: string }) => state.count.put(event.key, { n: (state.count.get(event.key)?.n ?? 0) + 1 }) },
});
const addressesOf = (event: Message) => {
  const key = event['key'] as string;
  return event.type === 'Asked' ? [{ service: 'answerer', key }] : event.type === 'Answered' ? [{ service: 'asker', key }] : [];
};

function hostOn(log: MemoryLog, joint: boolean, names: readonly ('asker' | 'answerer')[]) {
  const ports = realPorts();
  const host = new Host({
    driver: log.driver({ joint, now: () => ports.clock.now() }), snapshots: log.snapshotStore(), hint: log.hint(), ports, address: 'here', addressesOf,
    hears: { asker: ['answerer'], answerer: ['asker'] }, partitions: 4, log: silentLog,
  });
  if (names.includes('asker')) host.add(asker as never);
  if (names.includes('answerer')) host.add(answerer as never);
  return host;
}

async function heard(host: Host, key: string): Promise<number> {
  const owned = host.owned('asker').get(host.partitionOf(key))!;
  return owned.view<{ count: { get(id: string): Count | undefined } }>().count.get(key)?.n ?? 0;
}

async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.each([{ joint: true }, { joint: false }])('the owner loop, joint $joint', ({ joint }) => {
  it('carries a question to its answer and survives a restart', async () => {
    const log = new MemoryLog();
    const first = hostOn(log, joint, ['asker', 'answerer']);
    await first.start();
    const outcomes = await Promise.all(Array.from({ length: 100 }, (_, i) => first.submit('asker', first.partitionOf(`k${i % 10}`), { type: 'Ask', key: `k${i % 10}` })));
    expect((outcomes[0] as Exclude<Outcome, Refusal>).events).toEqual([{ type: 'Asked', key: 'k0' }]);
    await until(async () => (await heard(first, 'k3')) === 10 && (await heard(first, 'k9')) === 10);
    const hashes = [...first.owned('asker').values()].map((owned) => owned.tables.hash());
    await first.stop();
    const second = hostOn(log, joint, ['asker', 'answerer']);
    await second.start();
    expect([...second.owned('asker').values()].map((owned) => owned.tables.hash())).toEqual(hashes);
    await second.submit('asker', second.partitionOf('k3'), { type: 'Ask', key: 'k3' });
    await until(async () => (await heard(second, 'k3')) === 11);
    await second.stop();
  });

  it('works with the services in two processes', async () => {
    const log = new MemoryLog();
    const a = hostOn(log, joint, ['asker']);
    const b = hostOn(log, joint, ['answerer']);
    await Promise.all([a.start(), b.start()]);
    await Promise.all(Array.from({ length: 20 }, () => a.submit('asker', a.partitionOf('x'), { type: 'Ask', key: 'x' })));
    await until(async () => (await heard(a, 'x')) === 20);
    await Promise.all([a.stop(), b.stop()]);
  });
});
