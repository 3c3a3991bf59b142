import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { addressesOf, type AttemptResult } from '@novacron/contracts';
import type { Message } from '@novacron/kernel';
import { realPorts } from '@novacron/kernel';
import { Host, MemoryLog, silentLog } from '@novacron/log';
import { serviceLog } from '@novacron/service';
import { until } from '@novacron/testing';
import { definition } from './definition.ts';
import { Agents } from './effects/agents.ts';
import { AttemptEffects } from './effects/attempt-effects.ts';
import { OpenAttempts } from './effects/open-attempts.ts';
import { Orders } from './effects/orders.ts';
import { Results } from './effects/results.ts';
import { Silence } from './effects/silence.ts';
import { secrets, TestAgent, TestSockets } from './testing/agent-link.ts';

const ports = realPorts();
const work = { kind: 'function', uses: './t.mjs#t', params: {}, inputs: {}, grace: 100 };
const place = (run: string, task: string): Message => ({
  type: 'TaskPlaced', workspace: 'vision', run, task, attempt: 1, workflow: 'w', pool: 'default', node: 'n1', gpus: [], work, resources: { cpu: 1, memory: 0, gpu: 0 }, policy: 'p',
});
const good = ({ run, task, attempt }: { run: string; task: string; attempt: number }): AttemptResult => ({ run, task, attempt, outcome: { kind: 'succeeded', outputs: {} }, endedAt: 5 });

let memory: MemoryLog;
let sockets: TestSockets;
let address: string;
beforeEach(async () => {
  [memory, sockets] = [new MemoryLog(), new TestSockets()];
  address = await sockets.listen();
});
afterEach(() => sockets.close());

/** An executor process: the real owner loop, the real edge. */
async function executor() {
  const host = new Host({
    driver: memory.driver({ joint: true, now: () => ports.clock.now() }), snapshots: memory.snapshotStore(), membership: memory.membership(), ports, address: 'here', addressesOf,
    hears: { executor: ['scheduler'], resolver: ['executor'], scheduler: ['executor'] }, partitions: 4, log: silentLog,
  });
  const log = serviceLog(host, 'executor');
  const attempts = new OpenAttempts(ports);
  const orders = new Orders(log, ports, secrets);
  const results = new Results(log, ports, attempts, () => undefined);
  const silence = new Silence(log, ports, attempts);
  const effects = new AttemptEffects(log, ports, attempts, orders, results);
  host.add(definition as never, { StartAttempt: effects.start.bind(effects), StopAttempt: effects.stop.bind(effects) } as never);
  const said: Message[] = [];
  log.onConfirmed((_partition, events) => void said.push(...events));
  new Agents({ log, secrets, attempts, orders, results, silence, timers: ports.timers, now: () => ports.clock.monotonic() }).listen(sockets);
  await host.start();
  const openEffects = () => [...host.owned('executor').values()].flatMap((owned) => owned.openEffects());
  const stop = () => {
    results.close();
    return host.stop();
  };
  return { log, attempts, said, openEffects, stop };
}

describe('the executor, stopped and started in the middle', () => {
  it('orders again what is open, runs nothing again that has ended, and closes every order', async () => {
    const first = await executor();
    const link = await new TestAgent(address).hello();
    for (let i = 0; i < 40; i++) await first.log.submit(`r${i % 5}`, place(`r${i % 5}`, `t${i}`));
    const ordered = () => link.frames.flatMap((frame) => (frame.type === 'start' ? frame.orders : []));
    await until(() => ordered().length === 40, 'all are ordered');
    const half = ordered().slice(0, 20);
    link.send({ type: 'results', results: half.map(good) });
    await until(() => first.openEffects().length === 20, 'half of the orders are closed');
    await first.log.submit('r4', { type: 'CancelForwarded', workspace: 'vision', run: 'r4', task: 't39', attempt: 1, pool: 'default', reason: 'asked' });
    await link.next('stop');
    await first.stop();
    link.socket.terminate();

    const second = await executor();
    const rest = ordered().slice(20);
    const [done, running] = [rest.slice(0, 10), rest.slice(10)];
    const back = await new TestAgent(address).hello([...done.map((order) => ({ ...order, state: 'ended' as const })), ...running.map((order) => ({ ...order, state: 'running' as const }))]);
    back.send({ type: 'results', results: [...half, ...done].map(good) });
    expect((await back.next('stop')).orders).toMatchObject([{ run: 'r4', task: 't39', reason: 'asked', epoch: 2 }]);
    back.send({ type: 'results', results: running.map(good) });
    await until(() => second.openEffects().length === 0, 'every order is closed');
    expect(back.frames.filter((frame) => frame.type === 'start')).toEqual([]);
    const succeeded = () => first.said.concat(second.said).filter(({ type }) => type === 'AttemptSucceeded').length;
    await until(() => succeeded() >= 40, 'every end is told');
    expect(succeeded()).toBe(40);
    expect(second.attempts.size).toBe(0);
    await second.stop();
  });
});
