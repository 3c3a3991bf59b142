import { afterEach, describe, expect, it } from '@jest/globals';
import type { Message } from '@novacron/kernel';
import type { Host } from '@novacron/log';
import { actor, definition, hostOf, of, tell } from './flow.fixture.ts';

const PASSED = ['resolver', 'scheduler', 'executor'];
const node = { type: 'NodeRegistered', pool: 'default', node: 'n1', capacity: { cpu: 1, memory: 0, gpus: [], declared: true }, boot: 'b', draining: false, attempts: [] };

/** The services that a task passes, over one log, without their edges: who is addressed decides. */
describe('a cancel travels the road on which the task went', () => {
  let host: Host;
  const said: Message[] = [];
  afterEach(() => host.stop());

  const start = async () => {
    host = hostOf({ services: PASSED, joint: true, partitions: 2 });
    said.length = 0;
    host.onConfirmed((commits) => said.push(...commits.flatMap(({ events }) => events)));
    await host.start();
  };
  const types = () => said.map(({ type }) => type);
  const run = async () => {
    await tell(host, 'resolver', 'shop/flow', { type: 'WorkflowApplyRequested', command: 'c1', actor, ...of, definition, source: 'yaml' });
    await tell(host, 'resolver', 'shop/flow', { type: 'RunRequested', command: 'c2', actor, ...of, params: {} });
  };
  const cancel = () => tell(host, 'resolver', 'shop/flow', { type: 'RunCancelRequested', command: 'c3', actor, ...of, run: 'c2', reason: 'enough' });

  it('to the queue, where no node has room: the run is over', async () => {
    await start();
    await run();
    expect(types()).toContain('TaskQueued');
    await cancel();
    expect(types().slice(types().indexOf('TaskCancelRequested'))).toEqual(expect.arrayContaining(['TaskDequeued', 'TaskCancelled', 'RunCancelled']));
  });

  it('to the executor, where it was placed: the attempt is stopped', async () => {
    await start();
    await tell(host, 'scheduler', 'default', node);
    await run();
    expect(types()).toContain('AttemptStarting');
    await cancel();
    expect(types().slice(types().indexOf('TaskCancelRequested'))).toEqual(['TaskCancelRequested', 'CancelForwarded', 'AttemptStopping']);
  });
});
