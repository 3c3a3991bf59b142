import { afterEach, expect, test } from '@jest/globals';
import { decode, type Host, type LogDriver } from '@novacron/log';
import { actor, definition, hostOf, of, tell } from './flow.fixture.ts';

let host: Host;
afterEach(() => host.stop());

test('a run lies with its workflow: let in and started in one append, and so with a cancel, where each partition is appended to by itself', async () => {
  const appends: string[][] = [];
  const runs: string[] = [];
  const noted = (driver: LogDriver): LogDriver => Object.assign(Object.create(driver) as LogDriver, {
    append: (segments: Parameters<LogDriver['append']>[0]) => {
      const events = segments.flatMap(({ records }) => records.map((text) => decode(text)!)).flatMap((record) => (record.kind === 'commit' ? record.events : []));
      appends.push(events.map(({ type }) => type));
      for (const { type, run } of events) if (type === 'RunStarted') runs.push(run as string);
      return driver.append(segments);
    },
  });
  host = hostOf({ services: ['resolver'], joint: false, partitions: 64, wrap: noted });
  await host.start();
  await tell(host, 'resolver', 'shop/flow', { type: 'WorkflowApplyRequested', command: 'c1', actor, ...of, definition, source: 'yaml' });
  appends.length = 0;
  await tell(host, 'resolver', 'shop/flow', { type: 'TriggerFired', ...of, trigger: 'cron', occasion: 'today', kind: 'cron', params: {}, detail: {} });
  await tell(host, 'resolver', 'shop/flow', { type: 'RunCancelRequested', command: 'c2', actor, ...of, run: runs[0], reason: 'enough' });
  expect(appends).toEqual([['RunAdmitted', 'RunStarted', 'TaskReady'], ['RunCancelForwarded', 'RunCommandAnswered', 'RunStopping', 'TaskCancelRequested']]);
});
