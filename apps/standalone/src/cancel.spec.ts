import { afterEach, describe, expect, it } from '@jest/globals';
import { addressesOf, HEARS } from '@novacron/contracts';
import { realPorts, type Message } from '@novacron/kernel';
import { Host, MemoryLog, silentLog } from '@novacron/log';
import { definitions } from './definitions.ts';

const actor = { key: 'k', name: 'ada' };
const of = { workspace: 'shop', workflow: 'flow' };
const task = { name: 'a', needs: [], models: [], kind: 'function', uses: './tasks.mjs#a', params: {}, inputs: {} };
const definition = { name: 'flow', params: {}, tasks: [task], triggers: [], concurrency: { limit: 1, onConflict: 'queue' }, pool: 'default', priority: 50, outputs: {} };

const PASSED = ['resolver', 'scheduler', 'executor'];
const node = { type: 'NodeRegistered', pool: 'default', node: 'n1', capacity: { cpu: 1, memory: 0, gpus: [], declared: true }, boot: 'b', draining: false, attempts: [] };

/** The services that a task passes, over one log, without their edges: who is addressed decides. */
describe('a cancel travels the road on which the task went', () => {
  let host: Host;
  const said: Message[] = [];
  afterEach(() => host.stop());

  const start = async () => {
    const log = new MemoryLog();
    const ports = realPorts();
    host = new Host({
      driver: log.driver({ joint: true, now: ports.clock.now }), snapshots: log.snapshotStore(), membership: log.membership(), ports, address: 'here', addressesOf: addressesOf as never, hears: HEARS, partitions: 2, log: silentLog,
    });
    for (const each of definitions) if (PASSED.includes(each.name)) host.add(each, { StartAttempt: () => undefined, StopAttempt: () => undefined });
    said.length = 0;
    host.onConfirmed((commits) => said.push(...commits.flatMap(({ events }) => events)));
    await host.start();
  };
  /** Resolves when all that follows from it is in the log. */
  const tell = async (service: string, key: string, message: Message) => {
    await host.submit(service, host.partitionOf(key), message);
    while (host.backlog > 0) await new Promise((resolve) => setImmediate(resolve));
  };
  const types = () => said.map(({ type }) => type);
  const run = async () => {
    await tell('resolver', 'shop/flow', { type: 'WorkflowApplyRequested', command: 'c1', actor, ...of, definition, source: 'yaml' } as Message);
    await tell('resolver', 'shop/flow', { type: 'RunRequested', command: 'c2', actor, ...of, params: {} } as Message);
  };
  const cancel = () => tell('resolver', 'shop/flow', { type: 'RunCancelRequested', command: 'c3', actor, ...of, run: 'c2', reason: 'enough' } as Message);

  it('to the queue, where no node has room: the run is over', async () => {
    await start();
    await run();
    expect(types()).toContain('TaskQueued');
    await cancel();
    expect(types().slice(types().indexOf('TaskCancelRequested'))).toEqual(expect.arrayContaining(['TaskDequeued', 'TaskCancelled', 'RunCancelled']));
  });

  it('to the executor, where it was placed: the attempt is stopped', async () => {
    await start();
    await tell('scheduler', 'default', node);
    await run();
    expect(types()).toContain('AttemptStarting');
    await cancel();
    expect(types().slice(types().indexOf('TaskCancelRequested'))).toEqual(['TaskCancelRequested', 'CancelForwarded', 'AttemptStopping']);
  });
});
