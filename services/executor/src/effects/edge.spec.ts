import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BEAT_MS, type AttemptResult } from '@novacron/contracts';
import { Unavailable, verifyAttemptCredential } from '@novacron/service';
import { MemoryServiceLog, turn, until, VirtualPorts } from '@novacron/testing';
import { definition } from '../definition.ts';
import { secrets, TestAgent, TestSockets } from '../testing/agent-link.ts';
import { Agents } from './agents.ts';
import { AttemptEffects } from './attempt-effects.ts';
import { OpenAttempts } from './open-attempts.ts';
import { Orders } from './orders.ts';
import { Results } from './results.ts';
import { Silence } from './silence.ts';

const work = { kind: 'function' as const, uses: './t.mjs#t', params: {}, inputs: {}, grace: 700 };
const place = (run: string, task = 'a', node = 'n1') => ({
  type: 'TaskPlaced', workspace: 'vision', run, task, attempt: 1, workflow: 'w', pool: 'default', node, gpus: [], work, resources: { cpu: 1, memory: 64, gpu: 0 }, policy: 'p',
});
const mark = (run: string, task = 'a') => ({ run, task, attempt: 1 });
const good = (run: string, task = 'a', outputs: Record<string, string> = {}): AttemptResult => ({ ...mark(run, task), outcome: { kind: 'succeeded', outputs }, endedAt: 5 });
const cancel = (run: string) => ({ type: 'CancelForwarded', workspace: 'vision', ...mark(run), pool: 'default', reason: 'asked' });

let ports: VirtualPorts;
let log: MemoryServiceLog<typeof definition.schema>;
let sockets: TestSockets;
let address: string;
let silence: Silence;
let results: Results;
let attempts: OpenAttempts;
let effects: object;

/** A new executor process over the same log. */
function start(): void {
  attempts = new OpenAttempts(ports);
  const orders = new Orders(log as never, ports, secrets);
  results = new Results(log as never, ports, attempts, () => undefined);
  silence?.stop();
  silence = new Silence(log as never, ports, attempts);
  new Agents({ log: log as never, secrets, attempts, orders, results, silence, timers: ports.timers, now: () => ports.clock.monotonic() }).listen(sockets);
  silence.start();
  const driven = new AttemptEffects(log as never, ports, attempts, orders, results);
  effects = { StartAttempt: driven.start.bind(driven), StopAttempt: driven.stop.bind(driven) };
  log.restart(effects);
}

const agent = () => new TestAgent(address);
/** The agent's connection breaks, and the executor knows. */
const cut = async (link: TestAgent) => {
  link.socket.terminate();
  await until(() => [...attempts.nodes()].every((node) => !node.connection), 'the connection is gone');
};
const said = (type: string) => log.said(type).map((event) => `${event['run'] as string}/${event['task'] as string}`);
const beats = () => [...attempts.nodes()].reduce((sum, node) => sum + node.beats, 0);
/** Frames are heard in order: when the beat was heard, so was everything before it. */
const beat = async (who: TestAgent, ...listed: object[]) => {
  const before = beats();
  who.send({ type: 'beat', attempts: listed as never });
  await until(() => beats() > before, 'the beat was heard');
};

beforeEach(async () => {
  ports = new VirtualPorts();
  log = new MemoryServiceLog(definition, () => ports.clock.now());
  sockets = new TestSockets();
  start();
  address = await sockets.listen();
});
afterEach(() => sockets.close());

describe('orders', () => {
  it('reach the node in one frame per tick, under the fence, with a credential for this attempt only', async () => {
    const link = await agent().hello();
    await Promise.all([log.submit('r1', place('r1')), log.submit('r1', place('r1', 'b'))]);
    const { orders } = await link.next('start');
    expect(orders.map((order) => order.task)).toEqual(['a', 'b']);
    const { credential, ...order } = orders[0]!;
    expect(order).toEqual({ partition: log.partitionOf('r1'), epoch: 2, connection: 1, workspace: 'vision', ...mark('r1'), workflow: 'w', work, gpus: [], memory: 64, cpu: 1 });
    expect(verifyAttemptCredential(secrets.credentialKey, credential, ports.clock.now())).toMatchObject({ workspace: 'vision', ...mark('r1') });
    expect(verifyAttemptCredential(secrets.credentialKey, credential, ports.clock.now() + 8 * 24 * 3_600_000)).toBeUndefined();
  });

  it('are followed by what beats say of progress, as long as the attempt runs', async () => {
    const link = await agent().hello();
    await Promise.all([log.submit('r1', place('r1')), log.submit('r2', place('r2'))]);
    await link.next('start');
    await beat(link, { ...mark('r1'), progress: 0.25 }, mark('r2'));
    expect([attempts.progressOf('r1'), attempts.progressOf('r2')]).toEqual([{ 'a/1': 0.25 }, {}]);
    await beat(link, { ...mark('r1'), progress: 0.5 }, mark('r2'));
    expect(attempts.progressOf('r1')).toEqual({ 'a/1': 0.5 });
  });

  it('wait for a node that is not connected, and are not repeated for what its agent lists', async () => {
    await log.submit('r1', place('r1'));
    await log.submit('r2', place('r2'));
    const first = await agent().hello([{ ...mark('r2'), state: 'running' }]);
    expect((await first.next('start')).orders.map((order) => order.run)).toEqual(['r1']);
  });

  it('never reach a node of that name in another pool, nor one without a credential', async () => {
    const other = await new TestAgent(address, 'gold').hello();
    await log.submit('r1', place('r1'));
    const own = await agent().hello();
    await own.next('start');
    expect(other.frames).toEqual([]);
    const forged = new TestAgent(address, 'default', 'nvn_e30.AAAA');
    await until(() => forged.closed, 'refused');
    expect(forged.closed).toMatch(/401/);
  });

  it('go on after a restart: the open ones are sent again under the new epoch', async () => {
    const link = await agent().hello();
    await log.submit('r1', place('r1'));
    await link.next('start');
    start();
    const again = await agent().hello();
    expect((await again.next('start')).orders).toMatchObject([{ ...mark('r1'), epoch: 3 }]);
  });

  it('stop an attempt with its own grace, also after a restart', async () => {
    const link = await agent().hello();
    await log.submit('r1', place('r1'));
    await link.next('start');
    await log.submit('r1', cancel('r1'));
    expect((await link.next('stop')).orders).toMatchObject([{ ...mark('r1'), grace: 700, reason: 'asked', connection: 1 }]);
    start();
    const again = await agent().hello([{ ...mark('r1'), state: 'running' }]);
    expect((await again.next('stop')).orders).toMatchObject([{ ...mark('r1'), epoch: 3 }]);
    again.send({ type: 'results', results: [{ ...mark('r1'), outcome: { kind: 'cancelled', reason: 'asked' }, endedAt: 9 }] });
    await again.next('acknowledged');
    expect(said('AttemptCancelled')).toEqual(['r1/a']);
    expect(log.open.size).toBe(0);
  });
});

describe('results', () => {
  it('are acknowledged when they are in the log, and end their effects', async () => {
    const link = await agent().hello();
    await log.submit('r1', place('r1'));
    await link.next('start');
    link.send({ type: 'started', attempts: [{ ...mark('r1'), startedAt: 3 }] });
    link.send({ type: 'results', results: [good('r1')] });
    expect(await link.next('acknowledged')).toEqual({ type: 'acknowledged', attempts: [mark('r1')] });
    expect([said('AttemptStarted'), said('AttemptSucceeded'), log.open.size, attempts.size]).toEqual([['r1/a'], ['r1/a'], 0, 0]);
  });

  it('of one partition are merged into few inputs', async () => {
    const link = await agent().hello();
    const tasks = Array.from({ length: 600 }, (_, i) => `t${i}`);
    await Promise.all(tasks.map((task) => log.submit('r1', place('r1', task))));
    for (const task of tasks) link.send({ type: 'results', results: [good('r1', task)] });
    await until(() => said('AttemptSucceeded').length === 600, 'all have ended');
    const inputs = log.inputs.filter((input) => input.type === 'AttemptsEnded').length;
    expect(inputs).toBeLessThan(600);
    link.send({ type: 'results', results: tasks.map((task) => good('r1', task)) });
    await beat(link);
    const before = log.inputs.length;
    await ports.advance(2_000);
    await until(() => log.inputs.length - before >= 3, 'the repeats were decided');
    expect(log.inputs.length - before).toBe(3);
    expect(results.refused).toBe(600);
  });

  it('are not acknowledged while the log is away, and not lost', async () => {
    const link = await agent().hello();
    await log.submit('r1', place('r1'));
    await link.next('start');
    log.unavailable = new Unavailable('the log is away');
    link.send({ type: 'results', results: [good('r1')] });
    await until(() => attempts.get('r1/a/1')?.ending, 'the result was taken');
    for (let i = 0; i < 20; i++) {
      await ports.advance(BEAT_MS);
      await beat(link);
    }
    expect([said('AttemptSucceeded'), said('AttemptLost')]).toEqual([[], []]);
    log.unavailable = undefined;
    await ports.advance(2_000);
    await link.next('acknowledged');
    expect(said('AttemptSucceeded')).toEqual(['r1/a']);
  });

  it('of runs that another process owns stay in the agent\'s spool', async () => {
    const link = await agent().hello();
    log.lose(log.partitionOf('r1'));
    link.send({ type: 'results', results: [good('r1')] });
    await beat(link);
    await ports.advance(10_000);
    expect(link.frames).toEqual([]);
  });

  it('that come before the new owner is told of their orders wait for them', async () => {
    await log.submit('r1', place('r1'));
    const handlers = log.open.size;
    expect(handlers).toBe(1);
    attempts.remove(mark('r1'));
    const link = await agent().hello([{ ...mark('r1'), state: 'ended' }]);
    link.send({ type: 'results', results: [good('r1')] });
    await turn();
    start();
    const again = await agent().hello([{ ...mark('r1'), state: 'ended' }]);
    again.send({ type: 'results', results: [good('r1')] });
    await again.next('acknowledged');
    expect([said('AttemptSucceeded'), log.open.size]).toEqual([['r1/a'], 0]);
  });

  it('that end an attempt before its order was told end the order when it comes', async () => {
    const [id] = await log.submit('r1', place('r1')).then(() => [...log.open.keys()]);
    const { effect } = log.open.get(id!)!;
    attempts.remove(mark('r1'));
    const link = await agent().hello();
    link.send({ type: 'results', results: [good('r1')] });
    await beat(link);
    await ports.advance(2_000);
    await link.next('acknowledged');
    expect(log.open.size).toBe(1);
    expect(results.endedBefore('r1/a/1')).toBe(true);
    expect(effect.type).toBe('StartAttempt');
  });

  it('with too large outputs fail the attempt, with a sentence', async () => {
    const link = await agent().hello();
    await log.submit('r1', place('r1'));
    link.send({ type: 'results', results: [good('r1', 'a', { text: 'x'.repeat(70_000) })] });
    await link.next('acknowledged');
    expect(log.said('AttemptFailed')).toMatchObject([{ failure: { class: 'permanent', code: 'OutputsTooLarge' } }]);
  });

  it('of another node than the one it was placed on change nothing', async () => {
    await log.submit('r1', place('r1'));
    const thief = await agent().hello([], 'n2');
    thief.send({ type: 'results', results: [good('r1')] });
    await ports.advance(2_000);
    await beat(thief);
    await ports.advance(3_000);
    await thief.next('acknowledged');
    expect([said('AttemptSucceeded'), log.open.size]).toEqual([[], 1]);
  });
});

describe('silence', () => {
  it('of 15 s loses the node\'s attempts; a late result is refused and acknowledged', async () => {
    const link = await agent().hello();
    await log.submit('r1', place('r1'));
    await link.next('start');
    await beat(link, mark('r1'));
    await cut(link);
    await ports.advance(14_000);
    expect(said('AttemptLost')).toEqual([]);
    await ports.advance(1_000);
    expect([said('AttemptLost'), log.open.size]).toEqual([['r1/a'], 0]);
    const back = await agent().hello([{ ...mark('r1'), state: 'ended' }]);
    back.send({ type: 'results', results: [good('r1')] });
    await beat(back);
    await ports.advance(2_000);
    await back.next('acknowledged');
    expect([said('AttemptSucceeded'), results.refused]).toEqual([[], 1]);
  });

  it('proves nothing while this process itself did not run', async () => {
    const link = await agent().hello();
    await log.submit('r1', place('r1'));
    await link.next('start');
    await beat(link, mark('r1'));
    ports.pause(60_000);
    await ports.advance(14_000);
    expect(said('AttemptLost')).toEqual([]);
    await ports.advance(2_000);
    expect(said('AttemptLost')).toEqual(['r1/a']);
  });

  it('of 8 s loses an order that the agent never confirmed; one that it started waits for 15 s', async () => {
    const link = await agent().hello();
    await log.submit('r1', place('r1'));
    await link.next('start');
    link.send({ type: 'started', attempts: [{ ...mark('r1'), startedAt: 3 }] });
    await until(() => said('AttemptStarted').length === 1, 'started');
    await log.submit('r2', place('r2'));
    await link.next('start');
    await ports.advance(7_000);
    expect(said('AttemptLost')).toEqual([]);
    await ports.advance(2_000);
    expect(said('AttemptLost')).toEqual(['r2/a']);
    await ports.advance(5_000);
    expect(said('AttemptLost')).toEqual(['r2/a']);
    await ports.advance(2_000);
    expect(said('AttemptLost')).toEqual(['r1/a', 'r2/a']);
  });

  it('of 8 s loses nothing that a former owner ordered: it may well run', async () => {
    const link = await agent().hello();
    await log.submit('r1', place('r1'));
    await link.next('start');
    start();
    await ports.advance(14_000);
    expect(said('AttemptLost')).toEqual([]);
  });

  it('leaves each attempt at least 8 s from when it was placed', async () => {
    await log.submit('r1', place('r1'));
    await ports.advance(14_000);
    await log.submit('r2', place('r2'));
    await ports.advance(7_000);
    expect(said('AttemptLost')).toEqual(['r1/a']);
    await ports.advance(2_000);
    expect(said('AttemptLost')).toEqual(['r1/a', 'r2/a']);
  });

  it('of 8 s loses an order that found the agent\'s connection broken; one for an agent that never came waits for 15 s', async () => {
    const link = await agent().hello();
    await cut(link);
    await Promise.all([log.submit('r1', place('r1')), log.submit('r2', place('r2', 'a', 'n2'))]);
    await ports.advance(7_000);
    expect(said('AttemptLost')).toEqual([]);
    await ports.advance(2_000);
    expect(said('AttemptLost')).toEqual(['r1/a']);
    await ports.advance(7_000);
    expect(said('AttemptLost')).toEqual(['r1/a', 'r2/a']);
  });

  it('is counted anew by a new owner', async () => {
    await log.submit('r1', place('r1'));
    await ports.advance(14_000);
    start();
    await ports.advance(14_000);
    expect(said('AttemptLost')).toEqual([]);
    await ports.advance(2_000);
    expect(said('AttemptLost')).toEqual(['r1/a']);
  });

  it('counts on for a new owner to which the agent was connected all the time', async () => {
    await agent().hello();
    await ports.advance(10_000);
    await log.submit('r1', place('r1'));
    log.restart(effects);
    await ports.advance(7_000);
    expect(said('AttemptLost')).toEqual([]);
    await ports.advance(2_000);
    expect(said('AttemptLost')).toEqual(['r1/a']);
  });

  it('ends with what is known of a node', async () => {
    const link = await agent().hello();
    await cut(link);
    await ports.advance(14_000);
    expect([...attempts.nodes()]).toHaveLength(1);
    await ports.advance(2_000);
    expect([...attempts.nodes()]).toEqual([]);
  });

  it('about one attempt: two beats that do not list it lose it, whatever else the node does', async () => {
    const link = await agent().hello();
    await log.submit('r1', place('r1'));
    await log.submit('r2', place('r2'));
    await until(() => link.frames.filter((frame) => frame.type === 'start').length > 0, 'ordered');
    for (const lost of [[], ['r1/a']]) {
      await ports.advance(BEAT_MS);
      await beat(link, mark('r2'));
      await turn();
      expect(said('AttemptLost')).toEqual(lost);
    }
    for (let i = 0; i < 10; i++) {
      await ports.advance(BEAT_MS);
      await beat(link, mark('r2'));
    }
    expect(said('AttemptLost')).toEqual(['r1/a']);
  });

  it('an agent that comes back without what it had listed has lost it; the rest runs on', async () => {
    const link = await agent().hello();
    await log.submit('r1', place('r1'));
    await log.submit('r2', place('r2'));
    await link.next('start');
    await beat(link, mark('r1'), mark('r2'));
    const back = await agent().hello([{ ...mark('r2'), state: 'running' }]);
    await until(() => said('AttemptLost').length, 'r1 is lost');
    expect(said('AttemptLost')).toEqual(['r1/a']);
    expect(back.frames).toEqual([]);
    await until(() => link.closed, 'the old connection is closed');
  });

  it('attempts that no longer count are stopped where they still run', async () => {
    const link = await agent().hello([{ ...mark('r9'), state: 'running' }]);
    expect((await link.next('stop')).orders).toMatchObject([{ ...mark('r9'), reason: 'the attempt no longer counts' }]);
    await beat(link, mark('r8'));
    await beat(link);
    expect(link.frames).toEqual([]);
    await beat(link, mark('r9'));
    await beat(link, mark('r9'));
    await link.next('stop');
  });
});

describe('frames', () => {
  it.each(['no json', '{"type":"fly"}', '{"type":"beat","attempts":[]}'])('that are wrong close the connection: %s', async (text) => {
    const link = agent();
    await until(() => link.socket.readyState === link.socket.OPEN, 'open');
    link.socket.send(text);
    await until(() => link.closed !== undefined, 'closed');
    expect(link.closed).toMatch(/not a message|must be hello/);
  });
});
