import { afterEach, expect, test } from '@jest/globals';
import { addressesOf, HEARS } from '@novacron/contracts';
import { realPorts, type Message } from '@novacron/kernel';
import { decode, Host, MemoryLog, silentLog, type LogDriver } from '@novacron/log';
import { definitions } from './definitions.ts';

const of = { workspace: 'shop', workflow: 'flow' };
const task = { name: 'a', needs: [], models: [], kind: 'function', uses: './tasks.mjs#a', params: {}, inputs: {} };
const definition = { name: 'flow', params: {}, tasks: [task], triggers: [], concurrency: { limit: 1, onConflict: 'queue' }, pool: 'default', priority: 50, outputs: {} };

let host: Host;
afterEach(() => host.stop());

test('a run lies with its workflow: let in and started in one append, and so with a cancel, where each partition is appended to by itself', async () => {
  const log = new MemoryLog();
  const ports = realPorts();
  const driver = log.driver({ joint: false, now: ports.clock.now });
  const appends: string[][] = [];
  const runs: string[] = [];
  const append: LogDriver['append'] = (segments) => {
    const events = segments.flatMap(({ records }) => records.map((text) => decode(text)!)).flatMap((record) => (record.kind === 'commit' ? record.events : []));
    appends.push(events.map(({ type }) => type));
    for (const { type, run } of events) if (type === 'RunStarted') runs.push(run as string);
    return driver.append(segments);
  };
  host = new Host({
    driver: Object.assign(Object.create(driver) as LogDriver, { append }), snapshots: log.snapshotStore(), membership: log.membership(), ports, address: 'here', addressesOf: addressesOf as never, hears: HEARS, partitions: 64, log: silentLog,
  });
  host.add(definitions.find(({ name }) => name === 'resolver')!, {});
  await host.start();
  const tell = async (key: string, message: object) => {
    await host.submit('resolver', host.partitionOf(key), message as Message);
    while (host.backlog > 0) await new Promise((resolve) => setImmediate(resolve));
  };
  await tell('shop/flow', { type: 'WorkflowApplyRequested', command: 'c1', actor: { key: 'k', name: 'ada' }, ...of, definition, source: 'yaml' });
  appends.length = 0;
  await tell('shop/flow', { type: 'TriggerFired', ...of, trigger: 'cron', occasion: 'today', kind: 'cron', params: {}, detail: {} });
  await tell('shop/flow', { type: 'RunCancelRequested', command: 'c2', actor: { key: 'k', name: 'ada' }, ...of, run: runs[0], reason: 'enough' });
  expect(appends).toEqual([['RunAdmitted', 'RunStarted', 'TaskReady'], ['RunCancelForwarded', 'RunCommandAnswered', 'RunStopping', 'TaskCancelRequested']]);
});
