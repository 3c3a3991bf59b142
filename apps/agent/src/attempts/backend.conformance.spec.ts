import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { attemptId, type Failure, type StartOrder, type Work } from '@novacron/contracts';
import { ControlPlane } from '../control-plane.fixture.ts';
import { startTimeOf } from '../process-tree.ts';

/** The same tasks written for both kinds; a program for `node -e` reads NOVACRON_INPUTS and writes NOVACRON_OUTPUTS. */
const FUNCTIONS = `
  import { spawn } from 'node:child_process';
  import { readFileSync, writeFileSync } from 'node:fs';
  export const add = ({ params, inputs }) => ({ sum: params.a + inputs.b });
  export const copy = async ({ inputs, outputs, log }) => {
    log('copying');
    writeFileSync(outputs.path('copy.txt'), readFileSync(inputs.text.path, 'utf8').toUpperCase());
    return { copied: await outputs.file('copy.txt') };
  };
  export const nothing = () => {};
  export const fails = () => { throw new TypeError('no such column'); };
  export const passes = () => { throw Object.assign(new Error('try later'), { transient: true }); };
  export const loop = () => { for (;;); };
  export const environment = () => ({ keys: Object.keys(process.env), gpus: process.env.CUDA_VISIBLE_DEVICES });
  export const devices = ({ params }) => new Promise((resolve) => setTimeout(() => resolve({ gpus: process.env.CUDA_VISIBLE_DEVICES, at: Date.now() }), params.ms));
  export const fork = ({ params, log }) => new Promise(() => {
    spawn('sh', ['-c', 'setsid sh -c "sleep 1000 & sleep 1000" & echo forked'], { stdio: ['ignore', 'pipe', 'ignore'] }).stdout.on('data', (d) => log('forked'));
  });
`;
const PROGRAMS: Record<string, string> = {
  add: `const i = JSON.parse(fs.readFileSync(process.env.NOVACRON_INPUTS)); fs.writeFileSync(process.env.NOVACRON_OUTPUTS, JSON.stringify({ sum: i.params.a + i.inputs.b }))`,
  copy: `const i = JSON.parse(fs.readFileSync(process.env.NOVACRON_INPUTS)); console.log('copying');
    fs.writeFileSync(process.env.NOVACRON_ARTIFACTS + '/copy.txt', fs.readFileSync(i.inputs.text.path, 'utf8').toUpperCase());
    fs.writeFileSync(process.env.NOVACRON_OUTPUTS, JSON.stringify({ copied: 'copy.txt' }))`,
  nothing: ``,
  fails: `console.error('no such column'); process.exit(3)`,
  passes: `process.exit(75)`,
  loop: `for (;;);`,
  environment: `fs.writeFileSync(process.env.NOVACRON_OUTPUTS, JSON.stringify({ keys: Object.keys(process.env), gpus: process.env.CUDA_VISIBLE_DEVICES }))`,
  devices: `const i = JSON.parse(fs.readFileSync(process.env.NOVACRON_INPUTS)); setTimeout(() => fs.writeFileSync(process.env.NOVACRON_OUTPUTS, JSON.stringify({ gpus: process.env.CUDA_VISIBLE_DEVICES, at: Date.now() })), i.params.ms)`,
  fork: `child_process.spawn('sh', ['-c', 'setsid sh -c "sleep 1000 & sleep 1000" & echo forked'], { stdio: ['ignore', 'inherit', 'ignore'] }); setTimeout(() => {}, 1e6)`,
};

describe.each(['function', 'process'] as const)('%s tasks', (kind) => {
  const plane = new ControlPlane();
  let bundle: string;
  let n = 0;
  const work = (task: string, more: Partial<Work> = {}): Partial<Work> => ({
    kind, bundle, ...(kind === 'function' ? { uses: `./tasks/all.mjs#${task}` } : { run: [process.execPath, '-e', PROGRAMS[task]!] }), ...more,
  });
  const order = (task: string, more: Partial<Work> = {}, also: Partial<StartOrder> = {}) => plane.order(`${task}-${++n}`, work(task, more), also);
  const run = async (it: StartOrder) => {
    plane.start(it);
    return (await plane.result(it)).outcome;
  };
  const failure = async (it: StartOrder): Promise<Failure> => {
    const outcome = await run(it);
    if (outcome.kind !== 'failed') throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
    return outcome.failure;
  };

  beforeAll(async () => {
    await plane.listen();
    plane.startAgent();
    await plane.connected();
    bundle = await plane.bundle({ 'tasks/all.mjs': FUNCTIONS });
  });
  afterAll(() => plane.close());

  it('gets params and inputs, and says its outputs', async () => {
    expect(await run(order('add', { params: { a: 1 }, inputs: { b: 2 } }))).toEqual({ kind: 'succeeded', outputs: { sum: 3 } });
    expect(await run(order('nothing'))).toEqual({ kind: 'succeeded', outputs: {} });
  });

  it('finds input files at a local path, and its own files are stored under their hash', async () => {
    const text = plane.store(Buffer.from('some text'));
    const it = order('copy', { inputs: { text: { name: 'text.txt', hash: text, size: 9 } } });
    const copied = { name: 'copy.txt', hash: createHash('sha256').update('SOME TEXT').digest('hex'), size: 9 };
    expect(await run(it)).toEqual({ kind: 'succeeded', outputs: { copied }, files: [copied] });
    expect(plane.artifacts.get(copied.hash)?.toString()).toBe('SOME TEXT');
    expect(plane.logs.get(it.credential)).toBe('copying\n');
    expect(plane.credentials.has(it.credential)).toBe(true);
  });

  it('asks again for an input file that arrives with other content', async () => {
    const wrong = createHash('sha256').update('expected').digest('hex');
    plane.artifacts.set(wrong, Buffer.from('something else'));
    const it = order('copy', { inputs: { text: { name: 'text.txt', hash: wrong, size: 8 } } });
    plane.start(it);
    await plane.until(() => plane.served.get(wrong)! >= 2); // it is asked for again
    plane.artifacts.set(wrong, Buffer.from('expected'));
    expect((await plane.result(it)).outcome.kind).toBe('succeeded');
  });

  it('says why it failed, and of which class', async () => {
    const thrown = await failure(order('fails'));
    expect(thrown).toMatchObject({ class: 'permanent', code: kind === 'function' ? 'TypeError' : 'ExitCode' });
    expect(thrown.message).toContain('no such column');
    if (kind === 'function') expect(thrown.message).toContain('tasks/all.mjs:');
    expect((await failure(order('passes'))).class).toBe('transient');
    const missing = kind === 'function' ? order('nothing', { uses: './tasks/all.mjs#absent' }) : order('nothing', { run: ['/no/such/program'] });
    expect(await failure(missing)).toMatchObject({ class: 'permanent', code: kind === 'function' ? 'FunctionNotFound' : 'CommandNotFound' });
  });

  it('is ended at its timeout, also out of an endless loop', async () => {
    expect(await failure(order('loop', { timeout: 300, grace: 200 }))).toMatchObject({ class: 'transient', code: 'TimedOut' });
    expect(await run(order('nothing'))).toEqual({ kind: 'succeeded', outputs: {} });
  });

  it('is announced as started when it outlives 250 ms, and cancelled by Stop', async () => {
    const it = order('loop');
    plane.start(it);
    await plane.until(() => plane.received.some((m) => m.type === 'started' && m.attempts.some((a) => a.task === it.task)));
    plane.stop(it, 200);
    expect((await plane.result(it)).outcome).toEqual({ kind: 'cancelled', reason: 'the user cancelled' });
  });

  it('sees nothing of the agent\'s environment and no device that was not assigned', async () => {
    const outcome = await run(order('environment'));
    const { keys, gpus } = (outcome as unknown as { outputs: { keys: string[]; gpus: string } }).outputs;
    expect(keys.filter((key) => /SECRET|TOKEN|NOVACRON_URL|NOVACRON_NODE$/.test(key))).toEqual([]);
    expect(gpus).toBe('');
  });

  it('has its devices alone: the next attempt starts when the one before is gone', async () => {
    const first = order('devices', { params: { ms: 300 } }, { gpus: [1, 3] });
    const second = order('devices', { params: { ms: 0 } }, { gpus: [3] });
    plane.start(first, second);
    const [one, two] = await Promise.all([plane.result(first), plane.result(second)]);
    expect(one.outcome).toMatchObject({ outputs: { gpus: '1,3' } });
    expect(two.outcome).toMatchObject({ outputs: { gpus: '3' } });
    expect(two.startedAt!).toBeGreaterThanOrEqual((one.outcome as never as { outputs: { at: number } }).outputs.at);
  });

  it('E2: its whole process tree is gone at cancel, also what forked twice into another session', async () => {
    const it = order('fork');
    plane.start(it);
    await plane.until(() => plane.logs.get(it.credential)?.includes('forked'));
    expect(sleepers(attemptId(it)).length).toBeGreaterThanOrEqual(2);
    plane.stop(it, 100);
    expect((await plane.result(it)).outcome.kind).toBe('cancelled');
    expect(sleepers(attemptId(it))).toEqual([]);
  });
});

/** Processes that carry the attempt's mark. */
function sleepers(id: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && startTimeOf(Number(pid)) !== undefined && readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`NOVACRON_ATTEMPT=${id}`);
    } catch {
      return false;
    }
  });
}
